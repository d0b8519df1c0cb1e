// Rank what the search finds: an exact heading, then the guide, then the reference; a title before a heading before text.
// smalldocs asks `new Fuse(entries).search(words)`. This answers in its place, and asks Fuse only if nothing has all words.
(() => {
  const Fuzzy = window.Fuse
  const WEIGHTS = { title: 8, section: 4, text: 1 }

  // the place that counts most among those in which a word begins with `word`; 0 if there is none
  const weigh = (entry, word) => {
    const begins = new RegExp('(^|[^\\p{L}\\p{N}_])' + word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'iu')
    const places = Object.keys(WEIGHTS).filter((place) => begins.test(entry[place]))
    return places.length ? WEIGHTS[places[0]] : 0
  }

  const rank = (entry, query, words) => {
    const weights = words.map((word) => weigh(entry, word))
    if (weights.includes(0)) return null
    const exact = [entry.title, entry.section].some((heading) => heading.toLowerCase() === query)
    return { item: entry, exact, guide: entry.guide, weight: weights.reduce((sum, weight) => sum + weight, 0) }
  }

  window.Fuse = class {
    constructor(entries, options) {
      this.entries = entries
      this.fuzzy = new Fuzzy(entries, options)
    }

    search(text, options) {
      const query = text.trim().toLowerCase(), words = query.split(/[\s-]+/).filter(Boolean)
      const hits = this.entries.map((entry) => rank(entry, query, words)).filter(Boolean)
      hits.sort((a, b) => b.exact - a.exact || b.guide - a.guide || b.weight - a.weight) // else in the sidebar's order
      return hits.length ? hits.slice(0, options.limit) : this.fuzzy.search(text, options)
    }
  }
})()
