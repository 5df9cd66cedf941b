/* The words of a message as elements: text is text, whatever it contains. */
import { Trans, useLingui } from '@lingui/react/macro';
import { memo, useMemo, useState, type ReactNode } from 'react';
import { IconCheck, IconCopy } from '@/ui/icons';
import { copyText } from '@/ui/copyText';
import { clipNodes } from '@/ui/markup/clip';
import { hiddenHost } from '@/ui/markup/links';
import { plainText, type MarkupElement, type MarkupNode } from '@/ui/markup/nodes';
import { parseMarkup } from '@/ui/markup/parser';
import styles from './MessageText.module.css';
import { clipMarks, isBigEmoji, SHOWN_MAX } from './shape';

/* Texts that the reader unfolded: rows come and go while one scrolls, and must come back as they were left. */
const unfolded = new Set<string>();

interface MessageTextProps {
  /** Of the row, to remember that it was unfolded. */
  rowKey: string;
  text: string;
  /** Time and state, at the end of the last line. */
  children?: ReactNode;
}

export const MessageText = memo(function MessageText({ rowKey, text, children }: MessageTextProps) {
  const [whole, setWhole] = useState(() => unfolded.has(rowKey));
  const nodes = useMemo(() => parseMarkup(clipMarks(text)), [text]);
  const start = useMemo(() => (whole ? null : clipNodes(nodes, SHOWN_MAX)), [nodes, whole]);

  const unfold = () => {
    unfolded.add(rowKey);
    setWhole(true);
  };

  if (isBigEmoji(text)) {
    return (
      <div className={styles.text}>
        <span className={styles.emoji}>{text}</span>
        {children}
      </div>
    );
  }
  return (
    <div className={styles.text} dir="auto">
      <Nodes nodes={start ?? nodes} />
      {start === null ? null : (
        <button type="button" className={styles.more} onClick={unfold} data-inner="" tabIndex={-1}>
          <Trans>Show more</Trans>
        </button>
      )}
      {children}
    </div>
  );
});

/* The last paragraph runs on: what follows it (the time) stands in its last line. */
function Nodes({ nodes }: { nodes: readonly MarkupNode[] }) {
  const last = nodes.at(-1);
  if (typeof last !== 'object' || last.type !== 'paragraph') return nodes.map(element);
  return (
    <>
      {nodes.slice(0, -1).map(element)}
      <p className={styles.last}>{last.children.map(element)}</p>
    </>
  );
}

function element(node: MarkupNode, key: number): ReactNode {
  if (typeof node === 'string') return node;
  const children = () => node.children.map(element);
  switch (node.type) {
    case 'paragraph':
      return (
        <p key={key} className={styles.paragraph} dir="auto">
          {children()}
        </p>
      );
    case 'quote':
      return (
        <blockquote key={key} className={styles.quote}>
          {children()}
        </blockquote>
      );
    case 'bullets':
      return (
        <ul key={key} className={styles.list}>
          {children()}
        </ul>
      );
    case 'numbers':
      return (
        <ol key={key} className={styles.list}>
          {children()}
        </ol>
      );
    case 'item':
      return (
        <li key={key} className={styles.item} dir="auto">
          <span className={styles.marker}>{node.marker} </span>
          <div className={styles.itemText}>{children()}</div>
        </li>
      );
    case 'strong':
      return <strong key={key}>{children()}</strong>;
    case 'em':
      return <em key={key}>{children()}</em>;
    case 'strike':
      return <s key={key}>{children()}</s>;
    case 'code':
      return (
        <code key={key} className={styles.code}>
          {children()}
        </code>
      );
    case 'spoiler':
      return <Spoiler key={key} node={node} />;
    case 'codeblock':
      return <CodeBlock key={key} code={plainText(node.children)} language={node.language} />;
    case 'link':
      return <Link key={key} node={node} />;
  }
}

function Link({ node }: { node: MarkupElement }) {
  const { t } = useLingui();
  const words = plainText(node.children);
  if (!node.href) return <bdi>{words}</bdi>;
  const host = hiddenHost(words, node.href);
  return (
    <>
      <a
        href={node.href}
        target="_blank"
        rel="noopener noreferrer"
        title={words === node.href ? undefined : node.href}
        className={styles.link}
        data-inner=""
        tabIndex={-1}
      >
        <bdi>{node.children.map(element)}</bdi>
      </a>
      {host === null ? null : <span title={t`This link leads to ${host}`}> ({host})</span>}
    </>
  );
}

function Spoiler({ node }: { node: MarkupElement }) {
  const { t } = useLingui();
  const [shown, setShown] = useState(false);
  if (shown) return <span className={styles.revealed}>{node.children.map(element)}</span>;
  return (
    <button
      type="button"
      className={styles.spoiler}
      aria-label={t`Hidden text, show it`}
      data-inner=""
      tabIndex={-1}
      onClick={() => {
        setShown(true);
      }}
    >
      <span aria-hidden="true">{plainText(node.children)}</span>
    </button>
  );
}

function CodeBlock({ code, language }: { code: string; language: string | undefined }) {
  const { t } = useLingui();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void copyText(code).then(setCopied);
  };
  return (
    <div className={styles.codeblock} dir="ltr">
      <div className={styles.codehead}>
        <bdi className={styles.language}>{language ?? t`Code`}</bdi>
        <button
          type="button"
          className={styles.copy}
          onClick={copy}
          onBlur={() => {
            setCopied(false);
          }}
          aria-label={copied ? t`Copied` : t`Copy code`}
          title={copied ? t`Copied` : t`Copy code`}
          data-inner=""
          tabIndex={-1}
        >
          {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        </button>
      </div>
      <pre className={styles.pre}>
        <code>{code}</code>
      </pre>
    </div>
  );
}
