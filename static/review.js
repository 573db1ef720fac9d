// For whoever decides many claims. Keys: aria-keyshortcuts on a control says which one presses it.
const SWITCH = 'keys'
const PLACES = { '/': '#q', e: '.evidence a.zoom' }
const FRESH = 600 // ms in which a page takes no key: nobody has seen what it would press
const shown = query => [...all(query)].filter(node => node.checkVisibility())
const search = byId('palette-words')
const found = document.querySelector('[data-found]')
const use = byId('use-keys')

function step(by) {
	const lines = shown('table.queue tbody a.mono')
	const next = lines[Math.max(0, lines.indexOf(document.activeElement) + by)]
	next?.focus()
	return lines.length
}
function control(key) {
	return shown(PLACES[key] ?? `[aria-keyshortcuts="${CSS.escape(key)}"]`)[0] ?? (key === '/' && byId('palette-open'))
}
on('keydown', e => {
	if (e.key.toLowerCase() === 'k' && (e.ctrlKey || e.metaKey)) {
		e.preventDefault()
		return byId('palette-open').click()
	}
	if (!use.checked || e.repeat || e.ctrlKey || e.metaKey || e.altKey || performance.now() < FRESH) return
	if (near(e, 'input, select, textarea, dialog') || document.querySelector('dialog[open], .htmx-request')) return
	const open = e.key === 'o' && (document.activeElement.closest('table.queue a.mono') ?? shown('table.queue a.mono')[0])
	const node = open || control(e.key)
	if ((e.key === 'j' && step(1)) || (e.key === 'k' && step(-1)) || !node) return
	e.preventDefault()
	if (node.matches('a, button')) node.click()
	else node.focus()
})

// --- the palette: all that the page offers, by its name
const OFFERS = ['.decision-bar button', '.decision-bar a', '.case-desk a', '.beside nav:last-child a', '.tabs a', '.masthead nav > a', '[data-dialog=keys]']
function list() {
	const typed = search.value.trim().toLowerCase()
	const offers = OFFERS.flatMap(shown).filter(node => node.textContent.toLowerCase().includes(typed))
	found.replaceChildren(...offers.slice(0, 8).map(node => make('li', {}, make('button', {
		type: 'button', className: 'link', textContent: node.textContent.trim(),
		onclick: () => { byId('palette').close(); node.click() },
	}))))
}
search.addEventListener('input', list)
byId('palette-open').addEventListener('click', list)
search.addEventListener('keydown', e => {
	const first = e.key === 'Enter' && search.value.trim() && found.querySelector('button')
	if (first) { e.preventDefault(); first.click() }
})

// --- whether they are used is kept in this browser
use.checked = localStorage.getItem(SWITCH) !== 'off'
use.addEventListener('change', () => localStorage.setItem(SWITCH, use.checked ? 'on' : 'off'))

// --- the decision: Enter sends the part that it is pressed in: the decision is one form of several parts.
on('keydown', e => {
	if (e.key !== 'Enter' || !near(e, '#decision input')) return
	e.preventDefault()
	near(e, '.card').querySelector('.actions button').click()
})
// The bar's ways to the other decisions open the part that they lead to, at its first field.
on('click', e => {
	const to = near(e, 'a[data-unfold]')
	if (!to) return
	const part = byId(to.hash.slice(1))
	part.open = true
	part.querySelector('input:not([type=hidden]), select, textarea')?.focus()
})
