// What is typed is kept with the claim as it is typed, and stays where it is while there is no connection.
const later = new Map()
function keep(form) {
	clearTimeout(later.get(form))
	later.delete(form)
	fetch(form.dataset.keep, { method: 'POST', body: new FormData(form), keepalive: true }).catch(() => {})
}
on('input', e => {
	const { form } = e.target
	if (!form?.dataset.keep) return
	clearTimeout(later.get(form))
	later.set(form, setTimeout(keep, 800, form))
})
on('change', e => { if (e.target.type === 'radio' && e.target.form?.dataset.keep) byId('what')?.dispatchEvent(new Event('chosen')) })
on('submit', e => {
	if (!navigator.onLine) {
		e.preventDefault()
		free(e.target)
		return refuse(words.sayOffline, words.sayLost)
	}
	clearTimeout(later.get(e.target))
	later.delete(e.target)
})
addEventListener('pagehide', () => [...later.keys()].forEach(keep))
