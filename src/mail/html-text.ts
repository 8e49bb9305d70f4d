/** The plain text of an HTML body, for messages that come without one. */
import { compile } from 'html-to-text'

/** Beyond these the rest is left out: the text is a courtesy, the HTML is the message. */
const htmlLengthMax = 400_000
/** Each open element costs the parser time for each further one, so deep nesting would cost minutes. */
const tagCountMax = 10_000
const depthMax = 100
const childCountMax = 20_000

const convert = compile({
  wordwrap: 76,
  limits: {
    maxDepth: depthMax,
    maxChildNodes: childCountMax,
    ellipsis: '',
  },
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
      selector,
      options: { uppercase: false },
    })),
  ],
})

/** Links stay as `text [url]`, images are dropped. */
export function textFromHtml(html: string): string {
  return convert(withinLimits(html))
}

/** Cut here, since the package would say so on the console. */
function withinLimits(html: string): string {
  let end = html.indexOf('<')
  for (let count = 0; end !== -1 && count < tagCountMax; count += 1)
    end = html.indexOf('<', end + 1)
  return html.slice(0, Math.min(end === -1 ? html.length : end, htmlLengthMax))
}
