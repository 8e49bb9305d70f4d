/** /docs: the OpenAPI document for readers, as one page of HTML that needs no script to be read. */

import type { Answer, OpenApi, Operation, Parameter } from '../../lib/openapi.ts'
import type { DocumentedError } from '../resend/error-words.ts'
import { documentedErrors } from '../resend/error-words.ts'
import { answerExample, type Call, exampleCalls, jsonType } from './examples.ts'
import { fieldList, kindOf } from './fields.ts'
import { anchor, escapeHtml, example, prose } from './html.ts'
import { introduction } from './introduction.ts'

/** Stands where the reader's own address will; no Host can look like it. */
export const addressPlace = '{{address}}'

interface Group {
  name: string
  description: string
  calls: Call[]
}

export function referencePage(document: OpenApi): string {
  const groups = groupsOf(document)
  const main = [
    introduction(addressPlace),
    ...groups.map(groupSection),
    errorSection(documentedErrors()),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API reference · Postern</title>
<link rel="icon" href="/docs/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/reference.css">
<script type="module" src="/docs/reference.js"></script>
</head>
<body data-address="${addressPlace}">
<a class="skip" href="#main">Skip to the reference</a>
<header class="top">
<a class="brand" href="#main"><img src="/docs/icon.svg" alt="" width="26" height="26"><span>Postern</span></a>
<span class="place">API reference</span>
<span class="version">${escapeHtml(String(document.info.version))}</span>
<a class="raw" href="/openapi.json">OpenAPI</a>
</header>
<nav class="side" aria-label="Operations">
<label class="search" hidden><span class="unseen">Find an operation</span><input type="search" id="search" placeholder="Find an operation" autocomplete="off" spellcheck="false"><kbd>/</kbd></label>
<details class="menu" id="menu" open><summary>Operations</summary>
<p class="none" id="none" role="status" hidden>Nothing is called that.</p>
${groups.map(groupLinks).join('\n')}
<p class="group"><a href="#errors">Errors</a></p>
</details>
</nav>
<main id="main" tabindex="-1">
${main.join('\n')}
</main>
</body>
</html>
`
}

function groupsOf({ tags, paths }: OpenApi): Group[] {
  const calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, operation]): Call => ({ method: method.toUpperCase(), path, operation }),
    ),
  )
  return tags.map(({ name, description }) => ({
    name,
    description,
    calls: calls.filter(({ operation }) => operation.tags.includes(name)),
  }))
}

function groupLinks({ name, calls }: Group): string {
  const links = calls.map(({ method, path, operation }) => {
    const words = `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase()
    return `<li data-words="${escapeHtml(words)}"><a href="#${operation.operationId}">${methodBadge(method)}<span>${escapeHtml(operation.summary)}</span></a></li>`
  })
  return `<div class="links"><p class="group"><a href="#${anchor(name)}">${escapeHtml(name)}</a></p><ul>${links.join('')}</ul></div>`
}

function groupSection({ name, description, calls }: Group): string {
  return `<section class="tag" aria-labelledby="${anchor(name)}">
<h2 id="${anchor(name)}">${escapeHtml(name)}</h2>
<p>${prose(description)}</p>
${calls.map(operationArticle).join('\n')}
</section>`
}

function operationArticle(call: Call): string {
  const { method, path, operation } = call
  const id = operation.operationId
  return `<article class="operation" id="${id}" aria-labelledby="${id}-title">
<div class="words">
<h3 id="${id}-title">${escapeHtml(operation.summary)} <a class="anchor" href="#${id}" aria-label="Link to ${escapeHtml(operation.summary)}">#</a></h3>
<p class="route">${methodBadge(method)}<code>${escapeHtml(path)}</code></p>
<p>${prose(operation.description)}</p>
${parameterSection(operation.parameters ?? [])}
${bodySection(operation)}
${answerSection(operation)}
</div>
<div class="examples">
<div class="calls">
${exampleCalls(call, addressPlace).map(example).join('\n')}
</div>
${answerExample(operation).map(example).join('\n')}
</div>
</article>`
}

function parameterSection(parameters: Parameter[]): string {
  if (parameters.length === 0) return ''
  const items = parameters.map(
    ({ name, in: place, required, description, schema }) =>
      `<li><code class="name">${escapeHtml(name)}</code> <span class="kind">${place}, ${escapeHtml(kindOf(schema))}</span>${required ? ' <span class="must">required</span>' : ''}<span class="rule">${prose(description ?? '')}</span></li>`,
  )
  return `<h4>Parameters</h4><ul class="fields">${items.join('')}</ul>`
}

function bodySection({ requestBody }: Operation): string {
  if (!requestBody) return ''
  const lists = Object.values(requestBody.content).map(({ schema }) => fieldList(schema, 'sent'))
  return `<h4>Body</h4><p>${prose(requestBody.description)}</p>${lists.join('')}`
}

function answerSection({ responses }: Operation): string {
  const answers = Object.entries(responses)
  const good = answers.flatMap(([status, answer]) =>
    '$ref' in answer ? [] : [[status, answer] as const],
  )
  const errors = answers.filter(([, answer]) => '$ref' in answer)
  const links = errors.map(([status]) => `<a href="#status-${status}">${status}</a>`)
  const refused = links.length === 0 ? '' : `<p class="statuses">Errors: ${links.join(' ')}</p>`
  return `<h4>Answer</h4>${good.map(([status, answer]) => goodAnswer(status, answer)).join('')}${refused}`
}

function goodAnswer(status: string, { description, content }: Answer): string {
  const [mediaType = jsonType, body] = Object.entries(content ?? {})[0] ?? []
  const fields = body ? fieldList(body.schema, 'answered') : ''
  const kind = mediaType === jsonType ? '' : ` <span class="kind">${escapeHtml(mediaType)}</span>`
  const first = `<span class="status">${status}</span> ${prose(description)}${kind}`
  return fields === ''
    ? `<p>${first}</p>`
    : `<details><summary>${first}</summary>${fields}</details>`
}

function errorSection(errors: DocumentedError[]): string {
  const statuses = [...new Set(errors.map(({ status }) => status))]
  const groups = statuses.map((status) => {
    const items = errors
      .filter((one) => one.status === status)
      .map(
        ({ name, when, fix }) =>
          `<dt><code>${name}</code></dt><dd>When ${prose(when)}. ${prose(fix)}</dd>`,
      )
    return `<div class="error" id="status-${status}"><h3>${status}</h3><dl>${items.join('')}</dl></div>`
  })
  return `<section class="tag" aria-labelledby="errors">
<h2 id="errors">Errors</h2>
<p>Every error is <code>{"statusCode", "name", "message"}</code>; the message says the field, the rule, and what to do.</p>
${groups.join('\n')}
</section>`
}

function methodBadge(method: string): string {
  return `<span class="method" data-method="${method}">${method}</span>`
}
