/** What a message says, each side of it behind a tab. */
import { useState } from 'react'
import type { GetEmailAnswer } from '../../api/types.ts'
import { StateBadge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { type Tab, Tabs } from '../../ui/tabs.tsx'
import { EmailAttachments } from './email-attachments.tsx'
import { EmailPreview } from './email-preview.tsx'
import { useDownload } from './use-download.ts'

export function EmailContent({ email }: { email: GetEmailAnswer }) {
  const [tab, setTab] = useState<string>()
  const tabs = tabsOf(email)
  return <Tabs label="The message" tabs={tabs} value={tab ?? tabs[0]?.id ?? ''} onChange={setTab} />
}

function tabsOf(email: GetEmailAnswer): Tab[] {
  const { text, headers, source, attachments, has_html: hasHtml } = email
  const gone = 'The content was discarded, as the API key that sent it keeps none.'
  const kept: Tab[] = [
    ...(hasHtml
      ? [{ id: 'preview', label: 'Preview', content: <EmailPreview id={email.id} /> }]
      : []),
    {
      id: 'text',
      label: 'Text',
      content:
        text === null ? <p className="text-ink-soft">It has no text.</p> : <Plain text={text} />,
    },
    { id: 'headers', label: 'Headers', content: <Mono label="Headers" text={headers ?? gone} /> },
    { id: 'source', label: 'Source', content: <Source email={email} text={source ?? gone} /> },
  ]
  return [
    ...(email.is_content_kept ? kept : [{ id: 'gone', label: 'Content', content: <p>{gone}</p> }]),
    {
      id: 'conversation',
      label: 'SMTP conversation',
      count: email.deliveries.reduce((sum, { tries }) => sum + tries.length, 0),
      content: <Conversations email={email} />,
    },
    ...(attachments.length > 0
      ? [
          {
            id: 'attachments',
            label: 'Attachments',
            count: attachments.length,
            content: <EmailAttachments email={email} />,
          },
        ]
      : []),
  ]
}

function Plain({ text }: { text: string }) {
  return <p className="max-w-prose break-words whitespace-pre-wrap">{text}</p>
}

function Mono({ text, label }: { text: string; label: string }) {
  return <CodeBlock label={label} samples={[{ language: label, text }]} />
}

function Source({ email, text }: { email: GetEmailAnswer; text: string }) {
  const { isPending, download } = useDownload()
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3 text-ink-soft">
        <p>
          {email.is_cut && 'Only its beginning is shown. '}
          {email.source_lacks_attachments && 'Shown without the attachments beside it. '}
          Signatures are added for each recipient as it is sent.
        </p>
        <Button size="sm" isBusy={isPending} onClick={() => download(`/emails/${email.id}/source`)}>
          Download
        </Button>
      </div>
      <Mono label="Source" text={text} />
    </div>
  )
}

function Conversations({ email }: { email: GetEmailAnswer }) {
  const tries = email.deliveries.flatMap(({ recipient, tries: all }) =>
    all.map((one, index) => ({ ...one, recipient, key: `${recipient} ${index}` })),
  )
  if (tries.length === 0) return <p className="text-ink-soft">No mail host has been asked yet.</p>
  return (
    <div className="grid gap-5">
      {tries.map((one) => {
        const said = one.conversation.length > 0 ? one.conversation : one.reply
        return (
          <section key={one.key} className="grid gap-2">
            <h3 className="flex flex-wrap items-center gap-2 font-medium">
              {one.recipient}
              <StateBadge state={one.outcome} />
            </h3>
            <p className="text-[0.8125rem] text-ink-soft">
              {one.host || 'no host'} {one.tls ? `over ${one.tls}` : 'without TLS'} ·{' '}
              {one.duration_ms.toLocaleString('en')} ms
            </p>
            {said.length > 0 && (
              <Mono label={`Conversation with ${one.host}`} text={said.join('\n')} />
            )}
          </section>
        )
      })}
    </div>
  )
}
