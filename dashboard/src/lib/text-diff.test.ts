import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffTexts } from './text-diff.ts'

const shown = (expected: string, found: string) =>
  diffTexts(expected, found)
    .map(({ kind, text }) =>
      kind === 'same' ? text : kind === 'missing' ? `[-${text}]` : `[+${text}]`,
    )
    .join('')

for (const [why, expected, found, diff] of [
  ['the same', 'v=spf1 ~all', 'v=spf1 ~all', 'v=spf1 ~all'],
  ['a part left out', 'v=DKIM1; k=rsa; p=AB', 'v=DKIM1; p=AB', 'v=DKIM1; [-k=rsa; ]p=AB'],
  [
    'the domain twice',
    'mail.shop.example',
    'mail.shop.example.shop.example',
    'mail.shop.example[+.shop.example]',
  ],
  [
    'another word',
    'include:a.example ~all',
    'include:b.example ~all',
    'include:[-a][+b].example ~all',
  ],
  ['nothing', 'a', '', '[-a]'],
] as const) {
  test(`a difference is where it is: ${why}`, () => assert.equal(shown(expected, found), diff))
}

test('both texts can be read out of the difference, however long they are', () => {
  const one = Array.from({ length: 2_000 }, (_, index) => `a${index}`).join(' ')
  const other = Array.from({ length: 2_000 }, (_, index) => `b${index}`).join(';')
  const parts = diffTexts(one, other)
  const without = (kind: string) =>
    parts
      .filter((part) => part.kind !== kind)
      .map(({ text }) => text)
      .join('')
  assert.equal(without('extra'), one)
  assert.equal(without('missing'), other)
})
