import { initAll } from './govuk-frontend-6.3.0.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

// Said as "in 2 days and 3 hours" by the server; kept true while the page stays open. Nothing is decided by it.
const ahead = (seconds) => {
  const minutes = Math.ceil(seconds / 60)
  const parts = [
    [Math.floor(minutes / 1440), 'day'],
    [Math.floor((minutes % 1440) / 60), 'hour'],
    [minutes % 60, 'minute']
  ].filter(([count]) => count > 0).slice(0, 2)
  return parts.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(' and ')
}
// The server's clock counts, not this machine's: what is left is measured from when the page came.
const came = performance.now()
const refresh = () => {
  for (const shown of document.querySelectorAll('[data-seconds-left]')) {
    const left = Number(shown.dataset.secondsLeft) - (performance.now() - came) / 1000
    shown.textContent = left > 0 ? `in ${ahead(left)}` : 'now: reload this page'
  }
}
refresh()
setInterval(refresh, 15000)
