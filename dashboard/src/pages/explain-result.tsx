import type { ReactNode } from 'react'
import type { ExplainAnswer } from '../api/types.ts'
import { Badge, type Tone } from '../ui/badge.tsx'
import { Card } from '../ui/page.tsx'
import { Time } from '../ui/time.tsx'

const findingWords: Record<ExplainAnswer['findings'][number]['tone'], string> = {
  good: 'Went well',
  warn: 'For now',
  bad: 'Final',
}

export function ExplainResult({ answer }: { answer: ExplainAnswer }) {
  const { kind, findings, path, verdicts } = answer
  const said = {
    bounce: 'This is a bounce',
    reply: 'This is what a mail host said',
    header: 'This is the header of a message',
    unknown: 'This is not known here',
  }
  return (
    <>
      <Card title={said[kind]}>
        {kind === 'unknown' && (
          <p className="max-w-prose text-ink-soft">
            No bounce, reply or header was found in it. Paste the whole message with its header, or
            the line that begins with a number such as 550.
          </p>
        )}
        {kind === 'header' && (
          <p className="text-ink-soft">
            {path.length > 0
              ? `It passed ${path.length} ${path.length === 1 ? 'host' : 'hosts'}.`
              : 'It names no hosts on its way.'}
          </p>
        )}
        <ul className="grid gap-5 empty:hidden">
          {findings.map((one) => (
            <Point
              key={`${one.about} ${one.codes} ${one.words}`}
              name={[one.about, one.codes].filter(Boolean).join(' · ')}
              tone={one.tone}
              word={findingWords[one.tone]}
            >
              <p>{one.meaning}</p>
              <p className="text-ink-soft">What to do: {one.advice}</p>
              {one.words && (
                <p className="mt-1 font-mono text-[0.8125rem] break-words text-ink-soft">
                  {one.words}
                </p>
              )}
            </Point>
          ))}
        </ul>
      </Card>
      {verdicts.length > 0 && (
        <Card title="Who it is from" hint="What the receiving host found out.">
          <ul className="grid gap-5">
            {verdicts.map((one) => (
              <Point
                key={`${one.method} ${one.about} ${one.result}`}
                name={[one.method, one.about].filter(Boolean).join(' · ')}
                tone={one.tone}
                word={one.result}
              >
                <p>{one.meaning}</p>
              </Point>
            ))}
          </ul>
        </Card>
      )}
      {path.length > 0 && <Way path={path} />}
    </>
  )
}

function Point({
  name,
  tone,
  word,
  children,
}: {
  name: string
  tone: Tone
  word: string
  children: ReactNode
}) {
  return (
    <li className="grid max-w-prose gap-1">
      <div className="flex flex-wrap items-center gap-2">
        <p className="font-medium break-all">{name}</p>
        <Badge tone={tone}>{word}</Badge>
      </div>
      {children}
    </li>
  )
}

function Way({ path }: { path: ExplainAnswer['path'] }) {
  return (
    <Card title="Its way" hint="First host first, with how long each stretch took.">
      <ol className="grid gap-3">
        {path.map((hop, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a host may come twice
          <li key={index} className="grid gap-0.5">
            <p className="break-words">
              {hop.from ?? 'someone'} → <span className="font-medium">{hop.by ?? 'someone'}</span>
              {hop.protocol && <span className="text-ink-soft"> with {hop.protocol}</span>}
            </p>
            <p className="text-[0.8125rem] text-ink-soft">
              {hop.at ? <Time at={hop.at} isAbsolute /> : 'at a time that cannot be read'}
              {hop.delay_ms !== null && ` · ${delayText(hop.delay_ms)}`}
            </p>
          </li>
        ))}
      </ol>
    </Card>
  )
}

/** Clocks differ, so a stretch may seem to have taken less than nothing. */
function delayText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000)
  const text =
    seconds < 120
      ? `${seconds} s`
      : seconds < 7_200
        ? `${Math.round(seconds / 60)} min`
        : `${Math.round(seconds / 3_600)} h`
  return ms < 0 ? `their clocks differ by ${text}` : `after ${text}`
}
