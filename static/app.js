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
const words = byId('toasts').dataset

// --- messages
function toast(text) {
	const box = make('div', { className: 'toast' }, make('span', { textContent: text }))
	let timer
	const stay = () => clearTimeout(timer)
	const leave = () => { stay(); timer = setTimeout(() => box.remove(), 8000) }
	box.append(make('button', { type: 'button', textContent: words.sayClose, onclick: () => box.remove() }))
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
	refuse(say('title') ?? words.sayRefused, say('text') ?? words.sayLost)
})
on('htmx:error', e => { if (e.detail.ctx) refuse(words.sayRefused, words.sayLost) })

// --- focus goes to what is wrong or new
const seen = new WeakSet()
function settle(swap) {
	const summary = document.querySelector('.error-summary')
	if (swap) document.title = (summary?.dataset.titlePrefix ?? '') + document.title.replace(`${words.sayError} `, '')
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

on('click', async e => {
	if (near(e, '[data-print]')) print()
	const copy = near(e, '[data-copy]')?.dataset.copy
	if (copy) { await navigator.clipboard.writeText(copy); toast(words.sayCopied.replace('{}', () => copy)) }
	const opener = near(e, '[data-dialog]')
	if (opener && !e.ctrlKey && !e.metaKey) { e.preventDefault(); byId(opener.dataset.dialog).showModal() }
	if (e.target.matches('dialog')) e.target.close()
	if (e.target.matches('[data-zoom]')) e.target.classList.toggle('large')
})
document.documentElement.classList.add('js')
settle()
