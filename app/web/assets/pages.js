import { initAll } from './govuk-frontend-6.3.0.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

// Said as "in 2 days and 3 hours" by the server; kept true while the page stays open. Nothing is decided by it.
const ahead = (seconds, say, between) => {
  const minutes = Math.ceil(seconds / 60)
  const parts = [
    [Math.floor(minutes / 1440), 'day'],
    [Math.floor((minutes % 1440) / 60), 'hour'],
    [minutes % 60, 'minute']
  ].filter(([count]) => count > 0).slice(0, 2)
  return parts.map(([count, unit]) => `${count} ${say(count, unit)}`).join(between)
}
// As the server says them. In Welsh a noun is in the singular after a number, and softened after two.
const afterOne = { day: 'diwrnod', hour: 'awr', minute: 'munud' }
const afterTwo = { day: 'ddiwrnod', hour: 'awr', minute: 'funud' }
const languages = {
  en: {
    left: (seconds) => `in ${ahead(seconds, (count, unit) => `${unit}${count === 1 ? '' : 's'}`, ' and ')}`,
    now: 'now: reload this page'
  },
  cy: {
    left: (seconds) => `mewn ${ahead(seconds, (count, unit) => (count === 2 ? afterTwo : afterOne)[unit], ', ')}`,
    now: 'nawr: ail-lwythwch y dudalen hon'
  }
}
// The server's clock counts, not this machine's: what is left is measured from when the page came.
const came = performance.now()
const refresh = () => {
  for (const shown of document.querySelectorAll('[data-seconds-left]')) {
    const left = Number(shown.dataset.secondsLeft) - (performance.now() - came) / 1000
    const said = shown.closest('[lang]').lang === 'cy' ? languages.cy : languages.en
    shown.textContent = left > 0 ? said.left(left) : said.now
  }
}
refresh()
setInterval(refresh, 15000)
