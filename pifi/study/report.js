// sort a table by the column whose heading is clicked: first up, then down; empty cells come last
function cellValue(row, column) {
  const text = row.cells[column].textContent, number = parseFloat(text)
  return isNaN(number) ? text : number
}

function compare(x, y, up) {
  if (x === '' || y === '') return (x === '') - (y === '')
  const order = typeof x !== typeof y ? (typeof x === 'number' ? -1 : 1) : x < y ? -1 : x > y ? 1 : 0
  return up ? order : -order
}

function sortBy(heading) {
  const table = heading.closest('table'), column = heading.cellIndex
  const up = heading.getAttribute('aria-sort') !== 'ascending'
  for (const other of table.querySelectorAll('th')) other.removeAttribute('aria-sort')
  heading.setAttribute('aria-sort', up ? 'ascending' : 'descending')
  const body = table.tBodies[0], rows = [...body.rows]
  rows.sort((a, b) => compare(cellValue(a, column), cellValue(b, column), up))
  body.append(...rows)
}

for (const heading of document.querySelectorAll('th')) heading.addEventListener('click', () => sortBy(heading))
