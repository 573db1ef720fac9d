// --- each file goes by itself: a failed one costs the others nothing
const waiting = []
let sending = false
function take(form, files) {
	for (const file of files) {
		const bar = make('progress', { max: 100, value: 0 })
		const note = make('span', { className: 'small muted', textContent: form.dataset.sayWaiting })
		const thumb = make('span', { className: 'thumb' })
		if (file.type.startsWith('image/')) {
			const img = make('img', { alt: '', src: URL.createObjectURL(file) })
			img.onload = () => URL.revokeObjectURL(img.src)
			img.onerror = () => img.remove()
			thumb.append(img)
		}
		bar.setAttribute('aria-label', form.dataset.sayBar.replace('{}', () => file.name))
		const row = make('li', { className: 'file' }, thumb,
			make('span', { className: 'file-text' }, make('bdi', { className: 'file-name', textContent: file.name }), bar, note))
		form.querySelector('.sending').append(row)
		waiting.push({ form, file, row, bar, note })
	}
	send()
}
function send() {
	const job = !sending && waiting.shift()
	if (!job) return
	const { form, file, row, bar, note } = job
	const said = form.dataset
	const fail = text => {
		bar.remove()
		row.classList.add('refused')
		note.className = 'error'
		note.setAttribute('role', 'alert')
		note.textContent = text
		row.append(make('button', { type: 'button', className: 'button quiet', textContent: said.sayDismiss, onclick: () => row.remove() }))
	}
	const max = +said.maxBytes
	if (max && file.size > max) {
		fail(said.sayLarge.replace('{}', Math.ceil(file.size / 1048576)))
		return send()
	}
	const data = new FormData(form)
	const { name } = form.querySelector('[type=file]')
	data.delete(name)
	data.append(name, file)
	const call = new XMLHttpRequest()
	call.open('POST', form.action)
	call.responseType = 'document'
	call.setRequestHeader('HX-Request', 'true')
	call.upload.onprogress = p => { if (p.lengthComputable) bar.value = 100 * p.loaded / p.total }
	call.upload.onload = () => { note.textContent = said.saySent }
	call.onloadend = () => {
		sending = false
		const leave = call.getResponseHeader('HX-Redirect')
		if (leave) { location = leave; return }
		const list = call.response?.getElementById(said.upload)
		if (call.status >= 200 && call.status < 300 && list) {
			byId(said.upload).replaceWith(list)
			window.htmx?.process(list)
			row.remove()
			if (!waiting.length) toast(said.sayChecking)
		} else {
			const words = call.response?.querySelector('.drop .error > span, [data-refusal-text]')
			words?.querySelector('.hide')?.remove()
			fail(words?.textContent.trim() || said.sayFailed)
		}
		send()
	}
	sending = true
	note.textContent = said.saySending
	call.send(data)
}
const choose = node => { if (node.files?.length && node.form.dataset.upload) { take(node.form, node.files); node.value = '' } }
on('change', e => choose(e.target))
const dropped = (e, form) => {
	const { files } = e.clipboardData ?? e.dataTransfer
	if (form && files.length) { e.preventDefault(); take(form, files) }
}
on('paste', e => dropped(e, all('[data-upload]')[0]))
on('dragover', e => { const zone = near(e, '.drop'); if (zone) { e.preventDefault(); zone.classList.add('over') } })
on('dragleave', e => near(e, '.drop')?.classList.remove('over'))
on('drop', e => { near(e, '.drop')?.classList.remove('over'); dropped(e, near(e, '[data-upload]')) })
all('[type=file]').forEach(choose) // chosen early
