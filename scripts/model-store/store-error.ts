/** Something that the operator can mend: its message says what, and the stack is of no interest. */
export class StoreError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
  }
}
