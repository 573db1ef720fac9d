// Enter sends the part that it is pressed in: the decision is one form of several parts.
on('keydown', e => {
	if (e.key !== 'Enter' || !near(e, '#decision input')) return
	e.preventDefault()
	near(e, '.card').querySelector('.actions button').click()
})
