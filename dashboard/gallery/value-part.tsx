import { Mail } from 'lucide-react'
import { StateBadge } from '../src/ui/badge.tsx'
import { Button } from '../src/ui/button.tsx'
import { CodeBlock } from '../src/ui/code-block.tsx'
import { CopyValue } from '../src/ui/copy.tsx'
import { Card, DefinitionList } from '../src/ui/page.tsx'
import { PreviewFrame } from '../src/ui/preview-frame.tsx'
import { RecordDiff } from '../src/ui/record-diff.tsx'
import { Empty, Failed, Loading, Refused } from '../src/ui/states.tsx'
import { Tabs } from '../src/ui/tabs.tsx'
import { Time } from '../src/ui/time.tsx'

const states = [
  'queued',
  'attempting',
  'delivered',
  'deferred',
  'bounced',
  'complained',
  'suppressed',
  'pending',
  'verified',
  'blocked',
]
const key = 'v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAv3Yh'

export function ValuePart() {
  return (
    <div className="grid gap-6 xl:grid-cols-2">
      <Card title="Message" actions={<Button size="sm">Send again</Button>}>
        <Tabs
          label="Parts of the message"
          tabs={[
            {
              id: 'about',
              label: 'About',
              content: (
                <DefinitionList
                  entries={[
                    ['State', <StateBadge key="state" state="delivered" />],
                    [
                      'Message id',
                      <CopyValue
                        key="id"
                        value="01931f4e-8a60-7c11-9d3e-5b1f6a2c7e10"
                        what="message id"
                      />,
                    ],
                    ['To', 'reader12@example.org'],
                    ['Accepted', <Time key="at" at="2026-11-14T09:30:00Z" isAbsolute />],
                  ]}
                />
              ),
            },
            {
              id: 'html',
              label: 'HTML',
              content: <PreviewFrame src="about:blank" title="The message as HTML" />,
            },
            {
              id: 'tries',
              label: 'Attempts',
              count: 2,
              content: <p className="text-ink-soft">Two attempts at one host.</p>,
            },
          ]}
        />
      </Card>
      <Card title="States" hint="A word and a colour, never the colour alone.">
        <div className="flex flex-wrap gap-2">
          {states.map((state) => (
            <StateBadge key={state} state={state} />
          ))}
        </div>
      </Card>
      <Card
        title="Send the first message"
        hint="The key is already in it. Paste it into a terminal."
      >
        <CodeBlock
          label="Send a message"
          samples={[
            {
              language: 'curl',
              text: 'curl https://mail.harbour.example/emails \\\n  -H \'Authorization: Bearer YOUR_KEY\' \\\n  -H \'Content-Type: application/json\' \\\n  -d \'{"from":"shop@harbour.example","to":"reader@example.org","subject":"Hello","text":"It works."}\'',
            },
            {
              language: 'Node',
              text: "await client.emails.send({\n  from: 'shop@harbour.example',\n  to: 'reader@example.org',\n  subject: 'Hello',\n  text: 'It works.',\n})",
            },
          ]}
        />
      </Card>
      <Card title="DKIM record" hint="The key was pasted with a part missing.">
        <div className="grid gap-4">
          <RecordDiff
            expected={key}
            found={key.replace('k=rsa; ', '').replace('v3Yh', 'v3Yh.harbour')}
          />
          <RecordDiff expected="v=spf1 include:mail.harbour.example ~all" found={null} />
        </div>
      </Card>
    </div>
  )
}

export function StatePart() {
  return (
    <div className="grid gap-6 xl:grid-cols-2">
      <Card title="Nothing there yet">
        <Empty
          icon={<Mail aria-hidden />}
          title="No messages yet"
          actions={<Button look="primary">Send one</Button>}
        >
          Messages appear here as soon as they are accepted.
        </Empty>
      </Card>
      <Card title="Failed">
        <Failed
          title="The messages could not be loaded"
          message="The database did not answer in time."
          requestId="req-7f3a91c2"
          onRetry={() => {}}
        />
      </Card>
      <Card title="Refused">
        <Refused right="members:read" />
      </Card>
      <Card title="On its way">
        <Loading />
      </Card>
    </div>
  )
}
