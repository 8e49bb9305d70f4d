import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { answerQuery } from '../../api/queries.ts'
import type { GetDomainAnswer } from '../../api/types.ts'
import { useMay } from '../../frame/session.ts'
import { accessText } from '../../lib/key-scopes.ts'
import { wholeText } from '../../lib/numbers.ts'
import type { LoaderInput } from '../../page.ts'
import { paths } from '../../paths.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card, DefinitionList, PageHeader } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { domainPath } from '../domains/domain-query.ts'
import { IdleNote } from './key-idle.tsx'
import { type Key, keyQuery, usageQuery } from './key-query.ts'
import { RenameKey } from './key-rename.tsx'
import { RevokeKey } from './key-revoke.tsx'
import { RollKey } from './key-roll.tsx'
import { KeyUsage } from './key-usage.tsx'

export const title = 'API key'

export const loader = ({ client, params: { id = '' } }: LoaderInput) =>
  Promise.all([client.ensureQueryData(keyQuery(id)), client.ensureQueryData(usageQuery(id))])

export function View() {
  const { id = '' } = useParams({ strict: false }) as { id?: string } // by the pattern of this page
  const { data: key } = useSuspenseQuery(keyQuery(id))
  const { data: usage } = useSuspenseQuery(usageQuery(id))
  const may = useMay()
  return (
    <>
      <PageHeader
        above={
          <Link to={paths.keys()} className="underline underline-offset-3 hover:text-ink">
            API keys
          </Link>
        }
        title={
          <span className="flex flex-wrap items-center gap-3">
            {key.name} {key.canary && <Badge tone="odd">Canary</Badge>}
            {key.signature !== null && <Badge tone="good">Signed requests</Badge>}
          </span>
        }
        actions={
          may('keys:write') && (
            <>
              <RenameKey item={key} />
              <RollKey item={key} />
              <RevokeKey item={key} usage={usage} />
            </>
          )
        }
      />
      <div className="grid gap-4">
        <div className="grid gap-4 lg:grid-cols-2">
          <Card title="What it may do">
            <Rights of={key} />
          </Card>
          <Card title="Last use">
            <LastUse of={key} />
          </Card>
        </div>
        <KeyUsage usage={usage} />
      </div>
    </>
  )
}

function Rights({ of: key }: { of: Key }) {
  return (
    <DefinitionList
      entries={[
        [
          'Scopes',
          <span key="scopes" className="grid gap-1">
            {accessText(key.scopes)}
            <span className="font-mono text-xs text-ink-soft">{key.scopes.join(', ')}</span>
          </span>,
        ],
        [
          'From',
          key.domain_ids.length === 0 ? (
            'every domain of the account'
          ) : (
            <ul key="domains" className="grid gap-1">
              {key.domain_ids.map((id) => (
                <li key={id}>
                  <DomainName id={id} />
                </li>
              ))}
            </ul>
          ),
        ],
        ['Requests', <Signature key="signature" of={key} />],
        ['Streams', key.streams === null ? 'all' : key.streams.join(', ')],
        [
          'Networks',
          key.source_cidrs.length === 0 ? (
            'from everywhere'
          ) : (
            <span key="networks" className="font-mono text-[0.8125rem]">
              {key.source_cidrs.join(', ')}
            </span>
          ),
        ],
        [
          'Recipients an hour',
          key.hourly_max === null ? 'no limit of its own' : wholeText(key.hourly_max),
        ],
        ['Release', key.holds ? 'what it sends waits for one' : 'not needed'],
        [
          'Content',
          key.keeps_content ? 'kept as the account keeps it' : 'forgotten once delivered',
        ],
        ['Made', <Time key="made" at={key.created_at} isAbsolute />],
        [
          'Ends',
          key.expires_at === null ? (
            'never by itself'
          ) : (
            <Time key="ends" at={key.expires_at} isAbsolute />
          ),
        ],
      ]}
    />
  )
}

function DomainName({ id }: { id: string }) {
  const may = useMay()
  const { data } = useQuery({
    ...answerQuery<GetDomainAnswer>(domainPath(id), { dkim: 'txt' }),
    enabled: may('domains:read'),
    retry: false,
  })
  if (!data) return <>a domain that is not there, or not for you to see</>
  return (
    <Link to={paths.domain(id)} className="underline underline-offset-3">
      {data.name}
    </Link>
  )
}

const algorithmWords = { ed25519: 'Ed25519', 'ecdsa-p256-sha256': 'ECDSA with P-256' }

function Signature({ of: { signature } }: { of: Key }) {
  if (signature === null) return <>need not be signed</>
  return (
    <div className="grid gap-2">
      <span>
        must be signed with {algorithmWords[signature.algorithm]}, for this public key; over HTTP
        only
      </span>
      <pre className="overflow-x-auto rounded-lg border border-line bg-sunken px-3 py-2 font-mono text-xs whitespace-pre-wrap break-all">
        {signature.public_key.trim()}
      </pre>
    </div>
  )
}

function LastUse({ of: key }: { of: Key }) {
  if (key.last_used_at === null) {
    return (
      <div className="grid gap-2">
        <p className="text-ink-soft">It has never been used.</p>
        <IdleNote of={key} />
      </div>
    )
  }
  return (
    <DefinitionList
      entries={[
        [
          'When',
          <span key="when" className="grid gap-0.5">
            <Time at={key.last_used_at} />
            <IdleNote of={key} />
          </span>,
        ],
        [
          'Address',
          key.last_used_from === null ? (
            'not known'
          ) : (
            <code key="from" className="font-mono text-[0.8125rem]">
              {key.last_used_from}
            </code>
          ),
        ],
        [
          'Program',
          key.last_user_agent === null || key.last_user_agent === ''
            ? 'not known'
            : key.last_user_agent,
        ],
      ]}
    />
  )
}
