// Has the browser make a passkey or use one, and sends what it says as the form's field.
const asking = document.querySelector('form[data-passkey]')
const answer = asking.elements.answer
const { passkey, options } = asking.dataset
const read = globalThis.PublicKeyCredential?.[`parse${passkey === 'create' ? 'Creation' : 'Request'}OptionsFromJSON`]
if (read) {
	byId('passkey-cannot').hidden = true
	asking.hidden = false
}
asking.addEventListener('submit', async e => {
	if (answer.value) return
	e.preventDefault()
	byId('passkey-failed').hidden = true
	try {
		const made = await navigator.credentials[passkey]({ publicKey: read.call(PublicKeyCredential, JSON.parse(options)) })
		answer.value = JSON.stringify(made)
		asking.submit()
	} catch {
		free(asking)
		byId('passkey-failed').hidden = false
		byId('passkey-failed').focus()
	}
})
