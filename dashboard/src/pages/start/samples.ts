/** The first message in several languages, with the key and the addresses of this very installation. */
import type { Sample } from '../../ui/code-block.tsx'

export interface SampleFacts {
  key: string
  apiUrl: string
  smtp: { host: string; port: number }
  from: string
  to: string
}

const subject = 'Hello from Postern'
const text = 'It works.'

export function samplesOf(facts: SampleFacts): Sample[] {
  return [
    { language: 'curl', text: curl(facts) },
    { language: 'Node (Resend’s client)', text: client(facts) },
    { language: 'Node', text: node(facts) },
    { language: 'Python', text: python(facts) },
    { language: 'SMTP', text: smtp(facts) },
  ]
}

function curl({ key, apiUrl, from, to }: SampleFacts): string {
  const body = JSON.stringify({ from, to, subject, text }, null, 2)
  return [
    `curl ${apiUrl}/emails \\`,
    `  -H 'Authorization: Bearer ${key}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${body.replaceAll("'", "'\\''")}'`,
  ].join('\n')
}

/** Any value as JavaScript and Python both write it. */
function quoted(value: string): string {
  return JSON.stringify(value)
}

function client({ key, apiUrl, from, to }: SampleFacts): string {
  return [
    "import { Resend } from 'resend'",
    '',
    `const resend = new Resend(${quoted(key)}, { baseUrl: ${quoted(apiUrl)} })`,
    'const { data, error } = await resend.emails.send({',
    `  from: ${quoted(from)},`,
    `  to: ${quoted(to)},`,
    `  subject: ${quoted(subject)},`,
    `  text: ${quoted(text)},`,
    '})',
    'console.log(data ?? error)',
  ].join('\n')
}

function node({ key, apiUrl, from, to }: SampleFacts): string {
  return [
    `const answer = await fetch(${quoted(`${apiUrl}/emails`)}, {`,
    "  method: 'POST',",
    '  headers: {',
    `    Authorization: ${quoted(`Bearer ${key}`)},`,
    "    'Content-Type': 'application/json',",
    '  },',
    '  body: JSON.stringify({',
    `    from: ${quoted(from)},`,
    `    to: ${quoted(to)},`,
    `    subject: ${quoted(subject)},`,
    `    text: ${quoted(text)},`,
    '  }),',
    '})',
    'console.log(await answer.json())',
  ].join('\n')
}

function python({ key, apiUrl, from, to }: SampleFacts): string {
  return [
    'import json, urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${quoted(`${apiUrl}/emails`)},`,
    '    data=json.dumps({',
    `        "from": ${quoted(from)},`,
    `        "to": ${quoted(to)},`,
    `        "subject": ${quoted(subject)},`,
    `        "text": ${quoted(text)},`,
    '    }).encode(),',
    '    headers={',
    `        "Authorization": ${quoted(`Bearer ${key}`)},`,
    '        "Content-Type": "application/json",',
    '    },',
    ')',
    'with urllib.request.urlopen(request) as answer:',
    '    print(json.load(answer))',
  ].join('\n')
}

/** `-k`: the certificate of a fresh installation signs itself. */
function smtp({ key, smtp: { host, port }, from, to }: SampleFacts): string {
  const isSelfSigned = /^(127\.|\[?::1)/.test(host)
  return [
    `curl --ssl-reqd${isSelfSigned ? ' -k' : ''} smtp://${host}:${port} --crlf \\`,
    `  --user 'postern:${key}' \\`,
    `  --mail-from '${from}' --mail-rcpt '${to}' -T - <<'END'`,
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    '',
    text,
    'END',
  ].join('\n')
}
