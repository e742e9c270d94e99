/** Posts as it stands, with the headers of a GraphQL request unless told otherwise. */
export function postTo(url: string, path = '/graphql') {
  return (body: BodyInit, headers: Record<string, string> = {}, method = 'POST'): Promise<Response> =>
    fetch(`${url}${path}`, { method, headers: { 'content-type': 'application/json', ...headers }, body });
}

export const codesOf = async (response: Response): Promise<string[]> => {
  const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return errors.map(({ extensions }) => extensions.code);
};
