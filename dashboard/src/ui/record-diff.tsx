/** What a DNS record should say against what was found: missing parts and surplus ones are marked, in words as well. */

import { cx } from '../lib/class-names.ts'
import { type DiffPart, diffTexts } from '../lib/text-diff.ts'
import { CopyButton } from './copy.tsx'

export function RecordDiff({ expected, found }: { expected: string; found: string | null }) {
  const parts = found === null ? [] : diffTexts(expected, found)
  const isSame = found === expected
  return (
    <dl className="grid overflow-hidden rounded-xl border border-line bg-sunken text-[0.8125rem] sm:grid-cols-[max-content_1fr]">
      <Row name="Expected">
        <Parts parts={found === null ? [{ kind: 'same', text: expected }] : parts} hidden="extra" />
        <CopyButton value={expected} what="expected value" className="-my-1 shrink-0" />
      </Row>
      <Row name="Found" isLast>
        {found === null && <span className="font-sans text-ink-soft">nothing at this name</span>}
        {isSame && <span className="font-sans font-medium text-good">the same</span>}
        {found !== null && !isSame && <Parts parts={parts} hidden="missing" />}
      </Row>
    </dl>
  )
}

function Row({
  name,
  isLast,
  children,
}: {
  name: string
  isLast?: boolean
  children: React.ReactNode
}) {
  return (
    <div
      className={cx(
        'grid gap-x-4 px-4 py-3 sm:col-span-2 sm:grid-cols-[5rem_1fr]',
        !isLast && 'border-b border-line',
      )}
    >
      <dt className="text-ink-soft">{name}</dt>
      <dd className="flex min-w-0 items-start justify-between gap-2 font-mono break-all">
        {children}
      </dd>
    </div>
  )
}

function Parts({ parts, hidden }: { parts: DiffPart[]; hidden: DiffPart['kind'] }) {
  return (
    <span className="min-w-0">
      {parts
        .filter(({ kind }) => kind !== hidden)
        .map(({ kind, text }, index) => {
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name and never move
          if (kind === 'same') return <span key={index}>{text}</span>
          const isMissing = kind === 'missing'
          return (
            <mark
              // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name and never move
              key={index}
              className={cx(
                'rounded-[3px] px-0.5 underline decoration-2 underline-offset-3',
                isMissing
                  ? 'bg-good-soft text-good'
                  : 'bg-bad-soft text-bad decoration-wavy decoration-1',
              )}
            >
              <span className="sr-only">{isMissing ? 'missing: ' : 'not expected: '}</span>
              {text}
            </mark>
          )
        })}
    </span>
  )
}
