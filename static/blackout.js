// Parts of a picture that are to be black: drawn, or written into the fields; each follows the other.
const stage = document.querySelector('[data-stage]')
const drawn = stage.querySelector('svg')
const parts = [...all('[data-part]')]
const fields = part => [...part.querySelectorAll('input')]
const isFree = part => fields(part).every(field => !field.value)

function draw() {
	drawn.replaceChildren(...parts.flatMap(part => {
		const [x, y, width, height] = fields(part).map(field => field.valueAsNumber)
		if (!(x >= 0 && y >= 0 && width > 0 && height > 0)) return []
		const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
		Object.entries({ x, y, width, height }).forEach(([name, value]) => rect.setAttribute(name, value))
		return [rect]
	}))
}

// --- drawn with a pointer
let part, from
const place = e => {
	const box = drawn.getBoundingClientRect()
	return [(e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height]
		.map(share => Math.min(100, Math.max(0, share * 100)))
}
function write(to) {
	const low = from.map((value, at) => Math.floor(Math.min(value, to[at]) * 10) / 10)
	const high = from.map((value, at) => Math.ceil(Math.max(value, to[at]) * 10) / 10)
	const size = high.map((value, at) => Math.round((Math.min(100, value) - low[at]) * 10) / 10)
	fields(part).forEach((field, at) => { field.value = [...low, ...size][at] })
	draw()
}
const clear = which => {
	for (const field of fields(which)) field.value = ''
	draw()
}
drawn.addEventListener('pointerdown', e => {
	part = e.button ? null : parts.find(isFree)
	if (!part) return
	e.preventDefault()
	drawn.setPointerCapture(e.pointerId)
	from = place(e)
})
drawn.addEventListener('pointermove', e => { if (part) write(place(e)) })
function end() {
	if (part) {
		const [, , width, height] = fields(part).map(field => field.valueAsNumber)
		if (!(width > .5 && height > .5)) clear(part) // a press that drew nothing
	}
	part = null
}
drawn.addEventListener('pointerup', end)
drawn.addEventListener('pointercancel', () => { if (part) clear(part); part = null })

on('input', e => { if (near(e, '[data-part]')) draw() })
on('click', e => {
	const clears = near(e, '[data-clear]')
	if (!clears) return
	const which = clears.closest('[data-part]')
	clear(which)
	fields(which)[0].focus()
})
draw()
