/** What the inbox says of signatures whose keys stand nowhere but in this instance: real processes, and a name server of the test. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DnsServer, startDnsServer } from '../support/dns-server.ts'
import { type Instance, startInstance } from '../support/instance.ts'
import { waitFor } from '../support/wait-for.ts'

let dns: DnsServer
let instance: Instance
before(async () => {
  dns = await startDnsServer()
  instance = await startInstance({ settings: { POSTERN_DNS: dns.address } })
})
after(async () => {
  await instance?.stop()
  await dns?.stop()
})

interface Verdicts {
  dkim: { result: string; key_source: string | null; summary: string; reason: string }[]
  dmarc: { result: string }
}

test('mail from the sandbox is verified with the key of the instance, and it says so', async () => {
  const { dkim } = await verdictsOn('hello@postern.localhost')
  assert.deepEqual([dkim[0]?.result, dkim[0]?.key_source], ['pass', 'instance'])
  assert.match(dkim[0]?.reason ?? '', /came from this instance and not from DNS/)
})

test('the key of a domain that was added later is known too, also after the inbox has begun anew', async () => {
  await addDomain('shop.example')
  const published = await verdictsOn('a@shop.example')
  assert.deepEqual([published.dkim[0]?.result, published.dkim[0]?.key_source], ['pass', 'dns'])
  for (const name of Object.keys(dns.zone)) delete dns.zone[name]
  dns.zone['_dmarc.shop.example'] = { TXT: ['v=DMARC1; p=reject'] }
  const ended = instance.kill('inbox')
  await instance.untilReplaced('inbox', ended)
  const { dkim, dmarc } = await verdictsOn('a@shop.example')
  assert.deepEqual([dkim[0]?.result, dkim[0]?.key_source], ['pass', 'instance'])
  assert.match(dkim[0]?.reason ?? '', /no TXT record at postern1\._domainkey\.shop\.example/)
  assert.equal(dmarc.result, 'fail')
})

/** Sends a message through the API and asks the inbox about it. */
async function verdictsOn(from: string): Promise<Verdicts> {
  const subject = `Verdicts on ${from} ${performance.now()}`
  const response = await fetch(`${instance.apiUrl}/emails`, {
    method: 'POST',
    headers: { authorization: `Bearer ${instance.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ from, to: 'ada@example.com', subject, text: 'Hello' }),
  })
  assert.equal(response.status, 200, await response.text())
  const messages = `${instance.inboxUrl}/api/messages`
  let id: string | undefined
  await waitFor(
    async () => {
      const answer = await fetch(`${messages}?limit=10`)
      if (!answer.ok) return false
      const { data } = (await answer.json()) as { data: { id: string; subject: string }[] }
      id = data.find((one) => one.subject === subject)?.id
      return id !== undefined
    },
    { what: 'the message in the inbox', seconds: 60 },
  )
  const answer = await fetch(`${messages}/${id}/verdicts`)
  return (await answer.json()) as Verdicts
}

interface Domain {
  txt: { type: string; name: string; value: string }[]
}

async function addDomain(name: string): Promise<void> {
  const { data } = await json<{ data: { id: string }[] }>('account', 'list')
  const domain = await json<Domain>('domain', 'add', name, '--account', data[0]!.id)
  for (const record of domain.txt) {
    if (record.type === 'TXT') dns.zone[record.name] = { TXT: [record.value] }
  }
  await instance.postern('domain', 'verify', name)
}

async function json<Body>(...args: string[]): Promise<Body> {
  const { stdout, stderr } = await instance.postern(...args, '--json')
  assert.ok(stdout !== '', stderr)
  return JSON.parse(stdout) as Body
}
