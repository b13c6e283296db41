import type { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect, ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ExportForm, IForgetReport } from '../net/wire';
import { fileName } from '../text/export';

/** The forms of a conversation, with the suffix of their files. */
const SUFFIXES: Record<ExportForm, string> = {
  html: '.html',
  markdown: '.md',
  notebook: '.ipynb',
  quotes: '-quotes.md',
  bibtex: '.bib',
  csl: '.json'
};

/** What is written, and where. */
export interface IExport {
  form: ExportForm;
  path: string;
}

/** A form for the form of a conversation and the path of its file. */
export class ExportChoice
  extends ReactWidget
  implements Dialog.IBodyWidget<IExport>
{
  constructor(
    folder: string,
    title: string,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-LocalAI-form');
    this._stem = `${folder && `${folder}/`}${fileName(title)}`;
    this._value = { form: 'html', path: this._stem + SUFFIXES.html };
  }

  getValue(): IExport {
    return { ...this._value, path: this._value.path.trim() };
  }

  protected render(): JSX.Element {
    const trans = this._trans;
    const names: Record<ExportForm, string> = {
      html: trans.__('Web page (HTML), to read and print anywhere'),
      markdown: trans.__('Markdown'),
      notebook: trans.__('Notebook'),
      quotes: trans.__('Only the quotes, by document (Markdown)'),
      bibtex: trans.__('Cited documents for LaTeX (BibTeX)'),
      csl: trans.__('Cited documents for Zotero and others (CSL-JSON)')
    };
    return (
      <ExportFields
        names={names}
        initial={this._value}
        stem={this._stem}
        trans={trans}
        onChange={value => (this._value = value)}
      />
    );
  }

  private _stem: string;
  private _value: IExport;
}

function ExportFields(props: {
  names: Record<ExportForm, string>;
  initial: IExport;
  stem: string;
  trans: TranslationBundle;
  onChange: (value: IExport) => void;
}): JSX.Element {
  const { names, stem, trans } = props;
  const [value, setValue] = React.useState(props.initial);
  const change = (next: IExport): void => {
    setValue(next);
    props.onChange(next);
  };
  return (
    <>
      <label>
        {trans.__('What')}
        <HTMLSelect
          value={value.form}
          onChange={event => {
            const form = event.target.value as ExportForm;
            const own = stem + SUFFIXES[value.form];
            change({
              form,
              path: value.path === own ? stem + SUFFIXES[form] : value.path
            });
          }}
        >
          {Object.entries(names).map(([form, name]) => (
            <option key={form} value={form}>
              {name}
            </option>
          ))}
        </HTMLSelect>
      </label>
      <label>
        {trans.__('Where')}
        <input
          type="text"
          className="jp-mod-styled"
          value={value.path}
          onChange={event => change({ ...value, path: event.target.value })}
        />
      </label>
      <p className="jp-LocalAI-note">
        {trans.__(
          'Links to sources are relative to this place. Saved answers are never indexed.'
        )}
      </p>
    </>
  );
}

/** A form that ticks collections. */
export class SeveralCollections
  extends ReactWidget
  implements Dialog.IBodyWidget<string[]>
{
  constructor(
    private readonly _names: readonly string[],
    asked: readonly string[],
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-LocalAI-form');
    this._asked = new Set(asked);
  }

  getValue(): string[] {
    return this._names.filter(name => this._asked.has(name));
  }

  protected render(): JSX.Element {
    return (
      <fieldset className="jp-LocalAI-several">
        <legend>{this._trans.__('The next questions ask')}</legend>
        {this._names.map(name => (
          <label key={name}>
            <input
              type="checkbox"
              defaultChecked={this._asked.has(name)}
              onChange={event =>
                event.target.checked
                  ? this._asked.add(name)
                  : this._asked.delete(name)
              }
            />
            {name}
          </label>
        ))}
      </fieldset>
    );
  }

  private _asked: Set<string>;
}

/** What would be removed from one collection or from every one; `collection` is empty for that. */
export interface IRemovalOption {
  collection: string;
  report: IForgetReport;
}

/** A form that says what would be removed from the index, and lets the user choose from where. */
export class RemovalChoice
  extends ReactWidget
  implements Dialog.IBodyWidget<string>
{
  constructor(
    private readonly _what: string,
    private readonly _options: readonly IRemovalOption[],
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-LocalAI-form');
    this._value = _options[0].collection;
  }

  getValue(): string {
    return this._value;
  }

  protected render(): JSX.Element {
    return (
      <RemovalFields
        what={this._what}
        options={this._options}
        trans={this._trans}
        onChange={value => (this._value = value)}
      />
    );
  }

  private _value: string;
}

function RemovalFields(props: {
  what: string;
  options: readonly IRemovalOption[];
  trans: TranslationBundle;
  onChange: (collection: string) => void;
}): JSX.Element {
  const { what, options, trans } = props;
  const [place, setPlace] = React.useState(0);
  const { report } = options[place];
  const collections = report.collections.map(name => `“${name}”`).join(', ');
  return (
    <>
      <p>
        <strong>{what}</strong>
      </p>
      {options.length > 1 && (
        <label>
          {trans.__('Remove from')}
          <HTMLSelect
            value={String(place)}
            onChange={event => {
              const chosen = Number(event.target.value);
              setPlace(chosen);
              props.onChange(options[chosen].collection);
            }}
          >
            {options.map(({ collection }, number) => (
              <option key={collection} value={String(number)}>
                {collection || trans.__('every collection')}
              </option>
            ))}
          </HTMLSelect>
        </label>
      )}
      <ul>
        <li>
          {trans._n(
            '%1 document leaves %2.',
            '%1 documents leave %2.',
            report.documents,
            collections || trans.__('the index')
          )}
        </li>
        <li>
          {report.answers
            ? trans.__(
                '%1 of %2 that rest on it or came after are deleted.',
                trans._n('%1 answer', '%1 answers', report.answers),
                trans._n(
                  '%1 conversation',
                  '%1 conversations',
                  report.conversations
                )
              )
            : trans.__('No conversation rests on it.')}
        </li>
        <li>
          {trans.__(
            'The files themselves stay where they are, and are not indexed again until you ask for it.'
          )}
        </li>
      </ul>
    </>
  );
}

/** The keys of the panel. */
export class Keys extends ReactWidget {
  constructor(private readonly _trans: TranslationBundle) {
    super();
    this.addClass('jp-LocalAI-form');
  }

  protected render(): JSX.Element {
    const trans = this._trans;
    const rows: [string, string][] = [
      ['Ctrl/⌘ Shift Y', trans.__('Ask your documents, from anywhere')],
      ['Enter', trans.__('Ask')],
      ['Shift Enter', trans.__('A new line in the question')],
      ['↑', trans.__('The last question, in an empty field')],
      ['@', trans.__('Ask only a document: type a part of its name')],
      ['↑ ↓, Enter or Tab', trans.__('Choose a name after @')],
      ['Esc', trans.__('Stop the answer, go back, or leave the panel')],
      ['Tab, Shift Tab', trans.__('The next or previous button or source')],
      ['Enter', trans.__('On a source: open the place in the document')]
    ];
    return (
      <table className="jp-LocalAI-keys">
        <tbody>
          {rows.map(([key, what]) => (
            <tr key={what}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    );
  }
}
