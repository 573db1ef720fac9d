// Enter sends the part that it is pressed in: the decision is one form of several parts.
on('keydown', e => {
	if (e.key !== 'Enter' || !near(e, '#decision input')) return
	e.preventDefault()
	near(e, '.card').querySelector('.actions button').click()
})
// The bar's ways to the other decisions open the part that they lead to.
on('click', e => {
	const to = near(e, 'a[data-unfold]')
	if (to) byId(to.hash.slice(1)).open = true
})
