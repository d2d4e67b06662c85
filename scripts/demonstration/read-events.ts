/** The `data` of each server-sent event of a response, as they come. Ends where the stream ends. */
export async function* readEvents(response: Response): AsyncGenerator<string> {
  if (!response.body) return;
  let unread = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (unread + chunk).split('\n\n');
    unread = events.pop() ?? '';
    for (const event of events) {
      const data = event.split('\n').filter((line) => line.startsWith('data:'));
      if (data.length > 0) yield data.map((line) => line.slice('data:'.length).trim()).join('\n');
    }
  }
}
