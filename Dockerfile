# Latchkey on a PostgreSQL server, or with its embedded database in /data. docs/operate.md says how it is run.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json rolldown.config.mjs ./
COPY prisma prisma
COPY src src
RUN npm run build
# What is optional here are tools of development that Prisma's client could use: 270 MB.
RUN npm prune --omit=dev --omit=optional --ignore-scripts
# For the embedded database, should somebody mount a volume there: it takes over whose the folder is.
RUN mkdir -m 700 data

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=1000:1000 /app/data /data
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/package.json package.json
COPY --from=build /app/prisma/migrations prisma/migrations
COPY --from=build /app/dist dist
# By number: Kubernetes cannot tell whether a name is root.
USER 1000:1000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/ready').then(({ ok }) => process.exit(ok ? 0 : 1))"]
CMD ["node", "dist/bundle/server/main.js"]
