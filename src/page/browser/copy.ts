/** A button beside each command that copies it. */
export function addCopyButtons(within: ParentNode): void {
  for (const command of within.querySelectorAll('pre.command')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', () => {
      void copy(command.querySelector('code')?.textContent ?? '', button);
    });
    command.append(button);
  }
}

async function copy(text: string, button: HTMLButtonElement): Promise<void> {
  button.textContent = (await written(text)) ? 'Copied' : 'Select it and copy';
  setTimeout(() => (button.textContent = 'Copy'), 2000);
}

/** A browser may refuse, above all in a page from a file. */
async function written(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
