// Makes pages smoother that work without it.
const on = (type, run, capture) => document.addEventListener(type, run, capture)
const all = query => document.querySelectorAll(query)
const byId = id => document.getElementById(id)
const near = (event, selector) => event.target.closest?.(selector)
const make = (tag, props, ...parts) => {
	const node = Object.assign(document.createElement(tag), props)
	node.append(...parts)
	return node
}
const LOST = 'Check your connection and send it again. What you typed is still here.'

// --- messages
function toast(text) {
	const box = make('div', { className: 'toast' }, make('span', { textContent: text }))
	let timer
	const stay = () => clearTimeout(timer)
	const leave = () => { stay(); timer = setTimeout(() => box.remove(), 8000) }
	box.append(make('button', { type: 'button', textContent: 'Close', onclick: () => box.remove() }))
	box.onmouseenter = stay
	box.onmouseleave = leave
	box.addEventListener('focusin', stay)
	box.addEventListener('focusout', leave)
	byId('toasts').replaceChildren(box)
	leave()
}
on('toast', e => toast(e.detail.text ?? e.detail.value))

function refuse(title, text) {
	const box = make('div', { className: 'banner danger', tabIndex: -1 },
		make('div', {}, make('p', { className: 'banner-title', textContent: title }), make('p', { textContent: text })))
	box.setAttribute('role', 'alert')
	byId('flash').replaceChildren(box)
	box.focus()
}

// A whole page in answer to a part is a refusal: show its words.
on('htmx:after:request', e => {
	const { response, text, hx } = e.detail.ctx
	if (response.status < 400 || hx.redirect || hx.refresh || hx.location || (response.status < 500 && !/<html/i.test(text))) return
	const page = new DOMParser().parseFromString(text, 'text/html')
	const say = name => page.querySelector(`[data-refusal-${name}]`)?.textContent.trim()
	e.preventDefault()
	refuse(say('title') ?? 'This did not arrive', say('text') ?? LOST)
})
on('htmx:error', e => { if (e.detail.ctx) refuse('This did not arrive', LOST) })

// --- focus goes to what is wrong or new
const seen = new WeakSet()
function settle(swap) {
	const summary = document.querySelector('.error-summary')
	if (swap) document.title = (summary?.dataset.titlePrefix ?? '') + document.title.replace(/^Error: /, '')
	const next = [summary, ...all('[data-focus]')].find(node => node && !seen.has(node))
	if (!next) return
	seen.add(next)
	next.focus()
}
on('htmx:after:swap', settle)

// --- one press sends once
const free = form => {
	delete form.dataset.busy
	for (const node of form.querySelectorAll('[aria-busy]')) node.removeAttribute('aria-busy')
}
on('submit', e => {
	const form = e.target
	if (form.method !== 'post') return
	if (form.dataset.busy) { e.preventDefault(); e.stopImmediatePropagation(); return }
	form.dataset.busy = 1
	e.submitter?.setAttribute('aria-busy', 'true')
	setTimeout(free, 20000, form)
}, true)
on('htmx:finally:request', e => { const form = e.detail.ctx.sourceElement.closest('form'); if (form) free(form) })
addEventListener('pageshow', e => { if (e.persisted) all('[data-busy]').forEach(free) })

// --- each file goes by itself: a failed one costs the others nothing
const waiting = []
let sending = false
function take(form, files) {
	for (const file of files) {
		const bar = make('progress', { max: 100, value: 0 })
		const note = make('span', { className: 'small muted', textContent: 'Waiting' })
		const thumb = make('span', { className: 'thumb' })
		if (file.type.startsWith('image/')) {
			const img = make('img', { alt: '', src: URL.createObjectURL(file) })
			img.onload = () => URL.revokeObjectURL(img.src)
			img.onerror = () => img.remove()
			thumb.append(img)
		}
		bar.setAttribute('aria-label', `Upload of ${file.name}`)
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
	const fail = text => {
		bar.remove()
		row.classList.add('refused')
		note.className = 'error'
		note.setAttribute('role', 'alert')
		note.textContent = text
		row.append(make('button', { type: 'button', className: 'button quiet', textContent: 'Dismiss', onclick: () => row.remove() }))
	}
	const max = +form.dataset.maxBytes
	if (max && file.size > max) {
		fail(`This file is ${Math.ceil(file.size / 1048576)} MB. Choose one under ${Math.floor(max / 1048576)} MB.`)
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
	call.upload.onload = () => { note.textContent = 'Sent' }
	call.onloadend = () => {
		sending = false
		const leave = call.getResponseHeader('HX-Redirect')
		if (leave) { location = leave; return }
		const list = call.response?.getElementById(form.dataset.upload)
		if (call.status >= 200 && call.status < 300 && list) {
			byId(form.dataset.upload).replaceWith(list)
			window.htmx?.process(list)
			row.remove()
			if (!waiting.length) toast('Files received')
		} else {
			const words = call.response?.querySelector('.drop .error > span, [data-refusal-text]')
			words?.querySelector('.hide')?.remove()
			fail(words?.textContent.trim() || 'This file did not arrive. Upload it again. Your other files are safe.')
		}
		send()
	}
	sending = true
	note.textContent = 'Sending'
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

// --- conveniences
on('click', async e => {
	const copy = near(e, '[data-copy]')?.dataset.copy
	if (copy) { await navigator.clipboard.writeText(copy); toast(`Copied ${copy}`) }
	const opener = near(e, '[data-dialog]')
	if (opener && !e.ctrlKey && !e.metaKey) { e.preventDefault(); byId(opener.dataset.dialog).showModal() }
	if (e.target.matches('dialog')) e.target.close()
	if (e.target.matches('[data-zoom]')) e.target.classList.toggle('large')
})
document.documentElement.classList.add('js')
all('[type=file]').forEach(choose) // chosen early
settle()
