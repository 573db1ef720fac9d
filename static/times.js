// Times on the reader's own clock, beside the shop's.
const { lang } = document.documentElement
function localise() {
	for (const node of all('.narrow [data-local]')) {
		const at = new Date(node.dateTime)
		if (at.getTimezoneOffset() + +node.dataset.local) {
			const own = at.toLocaleString(lang === 'en' ? 'en-GB' : lang, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
			node.after(` ${words.sayYours.replace('{}', own)}`)
		}
		node.removeAttribute('data-local')
	}
}
on('htmx:after:swap', localise)
localise()
