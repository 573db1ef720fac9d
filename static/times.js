// Times on the reader's own clock, beside the shop's.
function localise() {
	for (const node of all('.narrow [data-local]')) {
		const at = new Date(node.dateTime)
		if (at.getTimezoneOffset() + +node.dataset.local) {
			const own = at.toLocaleString('en-GB', { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
			node.after(` – ${own} your time`)
		}
		node.removeAttribute('data-local')
	}
}
on('htmx:after:swap', localise)
localise()
