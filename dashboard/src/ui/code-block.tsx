import { Tabs } from 'radix-ui'
import { type ReactNode, useId, useState } from 'react'
import { CopyButton } from './copy.tsx'

export interface Sample {
  language: string
  text: string
}

/** Code in one or more languages. The language chosen last is kept for the other blocks and for the next visit. */
export function CodeBlock({ samples, label }: { samples: readonly Sample[]; label: string }) {
  const id = useId()
  const [chosen, setChosen] = useState(() => kept(samples))
  const sample = samples.find(({ language }) => language === chosen) ?? samples[0]
  if (!sample) return null
  const choose = (language: string) => {
    setChosen(language)
    keep(language)
  }
  const copy = <CopyButton value={sample.text} what={`${sample.language} code`} />
  if (samples.length === 1) {
    return (
      <Frame>
        <div className="absolute top-1.5 right-1.5">{copy}</div>
        <Code text={sample.text} label={label} />
      </Frame>
    )
  }
  return (
    <Tabs.Root value={sample.language} onValueChange={choose}>
      <Frame>
        <div className="flex items-center gap-2 border-b border-line pr-1.5 pl-1">
          <Tabs.List aria-label={label} className="flex grow overflow-x-auto">
            {samples.map(({ language }) => (
              <Tabs.Trigger
                key={language}
                value={language}
                className="min-h-9 rounded-lg px-3 text-[0.8125rem] font-medium whitespace-nowrap text-ink-soft -outline-offset-2 hover:text-ink data-[state=active]:text-accent-ink"
              >
                {language}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {copy}
        </div>
        {samples.map(({ language, text }) => (
          <Tabs.Content key={`${id}${language}`} value={language} tabIndex={-1}>
            <Code text={text} label={`${label}, ${language}`} />
          </Tabs.Content>
        ))}
      </Frame>
    </Tabs.Root>
  )
}

function Frame({ children }: { children: ReactNode }) {
  return (
    <div className="relative overflow-hidden rounded-xl border border-line bg-sunken">
      {children}
    </div>
  )
}

function Code({ text, label }: { text: string; label: string }) {
  return (
    <section
      aria-label={label}
      // Whoever has no mouse must be able to scroll it.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls takes the focus (WCAG 2.1.1)
      tabIndex={0}
      className="overflow-x-auto -outline-offset-2"
    >
      <pre className="w-max p-4 pr-12 font-mono text-[0.8125rem] leading-relaxed">{text}</pre>
    </section>
  )
}

const keptName = 'postern.language'

function kept(samples: readonly Sample[]): string | undefined {
  return localStorage.getItem(keptName) ?? samples[0]?.language
}

function keep(language: string): void {
  localStorage.setItem(keptName, language)
}
