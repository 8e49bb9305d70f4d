/** What stands before the operations: the address, the key, and what holds for every call. */
import { example } from './html.ts'

const firstCall = (address: string) => ({
  language: 'curl',
  source: `export KEY=$(cat .postern/first-account.key)
curl ${address}/emails \\
  -H "Authorization: Bearer $KEY"`,
})

export function introduction(address: string): string {
  return `<section class="tag" aria-labelledby="start">
<h1 id="start">API reference</h1>
<div class="operation">
<div class="words">
<p>Postern takes messages, keeps them, signs them, delivers them, and tells what became of each. The API speaks the
Resend dialect: a client written for it needs another address and nothing else.</p>
<dl class="facts">
<div><dt>Address</dt><dd><code>${address}</code></dd></div>
<div><dt>Key</dt><dd><code>Authorization: Bearer pst_live_…</code></dd></div>
<div><dt>Bodies</dt><dd>JSON in UTF-8, in both directions; fields that are not known are ignored</dd></div>
<div><dt>Rate</dt><dd>counted for each account and second; <code>ratelimit-remaining</code> says what is left, and with a
429 <code>retry-after</code> how long to wait</dd></div>
<div><dt>Lists</dt><dd>newest first; <code>limit</code>, then <code>after</code> with the last id while
<code>has_more</code> is true</dd></div>
<div><dt>Twice</dt><dd>with an <code>Idempotency-Key</code> a message is sent once, however often the call is made</dd></div>
</dl>
</div>
<div class="examples">
${example(firstCall(address))}
</div>
</div>
</section>`
}
