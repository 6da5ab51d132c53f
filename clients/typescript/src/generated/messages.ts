// From docs/asyncapi.json, by `npm run generate`.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The answer to a request. What the request was not about is not there. */
        Ack: {
            /** @enum {string} */
            type: "ack";
            /** @constant */
            ok: true;
            /** @description All that this connection follows. */
            subscribed: number[];
            rejected?: components["schemas"]["Rejected"][];
            /** @description Where each stands now. */
            resumed?: {
                [key: string]: number;
            };
            options?: components["schemas"]["OptionsInForce"];
            /** @description What is told besides odds. */
            channels?: ("markets" | "user")[];
            /** @description Repeated by the answer. */
            id?: number | string;
        };
        /** @description The caller hears from now on what concerns them. */
        AtHome: {
            /** @constant */
            ok: true;
            state: components["schemas"]["LedgerBalance"];
        };
        /** @description The connection ends. */
        Bye: {
            /** @enum {string} */
            type: "bye";
            reason: string;
            /**
             * Format: int64
             * @description Come back in so many ms; null: mend something first.
             */
            retryIn: number | null;
        };
        /** @description Collateral that came to the user's wallet, or below 0 went from it. */
        ChainBalance: {
            txHash: string;
            /** Format: int64 */
            blockNumber: number;
            /** Format: int64 */
            logIndex: number;
            /**
             * @description `confirmed`: a reorganisation may still take it back.
             * @enum {string}
             */
            finality: "pending" | "confirmed" | "final";
            /** @enum {string} */
            type: "user:balance_update";
            /** @enum {string} */
            source: "chain";
            /** @description With its EIP-55 checksum. */
            address: string;
            /** Format: int64 */
            marketId: number;
            /** @description With its EIP-55 checksum. */
            collateral: string;
            /** @description In the token's smallest unit. */
            amount: string;
            /** @enum {string} */
            why: "buy" | "sell" | "add" | "remove" | "claim";
            /** @description A reorganisation took that back. */
            undone: boolean;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
        };
        /** @description Why the contract refused it, in its own words, or why it was dropped. */
        ContractError: {
            error: string;
            values?: {
                [key: string]: unknown;
            };
        };
        /** @description Tokens that came into the vault for the user. */
        DepositChanged: {
            /** Format: int64 */
            id: number;
            /** @description In the token's smallest unit. */
            amount: string;
            txHash: string;
            /** Format: int64 */
            block: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            createdAt: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            creditedAt: number | null;
            /** @enum {string} */
            type: "user:deposit_update";
            /**
             * @description `gone`: a reorganisation took it back: drop the one with this id.
             * @enum {string}
             */
            status: "pending" | "credited" | "gone";
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
        };
        /** @description The server is there. `marks`: what the client has by now, if it has read all before this. */
        Heartbeat: {
            /** @enum {string} */
            type: "heartbeat";
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
            /** @enum {string} */
            status: "ok" | "degraded";
            marks: {
                [key: string]: number;
            };
        };
        /** @description What the user has in the house, whole. */
        LedgerBalance: {
            /** @enum {string} */
            type: "user:balance_update";
            /** @enum {string} */
            source: "ledger";
            /** @description With its EIP-55 checksum. */
            address: string | null;
            /** @description In the token's smallest unit. */
            balance: string;
            /** @description In the token's smallest unit. */
            owed: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
        };
        /** @description Liquidity given to a pool, or taken back. */
        LiquidityMoved: {
            /** @enum {string} */
            type: "liquidity:added" | "liquidity:removed";
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            marketId: number;
            txHash: string;
            /** Format: int64 */
            blockNumber: number;
            /** Format: int64 */
            logIndex: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
            /**
             * @description `confirmed`: a reorganisation may still take it back.
             * @enum {string}
             */
            finality: "pending" | "confirmed" | "final";
            /** @description With its EIP-55 checksum. */
            provider: string;
            /** @enum {string} */
            kind: "add" | "remove";
            /** @description In the token's smallest unit. */
            amount: string;
            /** @description In the token's smallest unit. */
            lp: string;
            shares: string[];
            /** @description In the token's smallest unit. */
            fees: string;
        };
        /** @description Somebody's part of a pool. */
        LiquiditySums: {
            /** @description In the token's smallest unit. */
            lp: string;
            /** @description The part of the whole, in 10^18ths. */
            poolShare: string;
            /** @description What taking it back would give, by outcome. */
            shares: string[];
            /** @description In the token's smallest unit. */
            cost: string;
            /** @description In the token's smallest unit. */
            value: string;
            /** @description In the token's smallest unit. */
            feesEarned: string;
            /** @description In the token's smallest unit. */
            feesDue: string;
            /** @description Against having kept what was given. */
            impermanentDifference: string;
            /** @description Below 0: lost. */
            unrealized: string;
            /** @description Below 0: lost. */
            realized: string;
        };
        /** @description A market can be seen, was changed, takes no more bets, or has a result. */
        MarketChanged: {
            /** @enum {string} */
            type: "market:created" | "market:updated" | "market:closed" | "market:resolved";
            /** Format: int64 */
            marketId: number;
            market: components["schemas"]["MarketNow"];
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
        };
        MarketLeft: {
            /** @constant */
            ok: true;
            /** Format: int64 */
            marketId: number;
        };
        /** @description A market as it was when this was sent, without its odds. */
        MarketNow: {
            /** Format: int64 */
            id: number;
            /**
             * @description Bet on at our prices, or traded on the chain.
             * @enum {string}
             */
            kind: "book" | "pool";
            category: string;
            league: string;
            title: string;
            home_team: string;
            away_team: string;
            /** @enum {string} */
            status: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            start_time: number;
            /** @description It stays open after its start. */
            live: boolean;
            description: string;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            winning_option: number | null;
            /** Format: int64 */
            home_score: number | null;
            /** Format: int64 */
            away_score: number | null;
        };
        /** @description Where a market stands, and its state where the client hasn't got all before it. */
        MarketStands: {
            /** @constant */
            ok: true;
            /** Format: int64 */
            marketId: number;
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            seq: number;
            /** @description Names the history that all seqs belong to: when it changes, forget what you have. */
            epoch: string;
            recovered: boolean;
            state?: components["schemas"]["Snapshot"] | components["schemas"]["Resync"];
        };
        /** @description Who wins. A draw where it is offered; else a tie gives the stake back. */
        Moneyline: {
            /** @description At most two decimals. */
            home: number;
            /** @description At most two decimals. */
            away: number;
            /** @description At most two decimals. */
            draw?: number;
        };
        /** @description An event was refused. */
        NotDone: {
            /** @constant */
            ok: false;
            /** @enum {string} */
            code: "BAD_REQUEST" | "UNAUTHORIZED" | "FORBIDDEN" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "CONFLICT" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "RATE_LIMITED" | "INTERNAL_ERROR" | "SERVICE_UNAVAILABLE";
            message: string;
            /** Format: int64 */
            marketId?: number;
        };
        /** @description A change of a market; with `from_seq` it stands for all changes from that one on. */
        OddsUpdate: {
            /** Format: int64 */
            marketId: number;
            payload: components["schemas"]["Payload"];
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            seq: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
            /** @enum {string} */
            type: "odds_update";
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            from_seq?: number;
            /**
             * @description Why: too slow, or asked for.
             * @enum {string}
             */
            con?: "slow" | "rate";
        };
        OptionsInForce: {
            heartbeat: boolean;
            batch: boolean;
            conflateMs: number;
        };
        /** @description How this connection wants its messages. What is absent stays. */
        OptionsMessage: {
            /** @description A `heartbeat` each 15 s. */
            heartbeat?: boolean | null;
            /** @description Several messages in one frame, as an array. */
            batch?: boolean | null;
            /** @description The newest of each market at most that often, in ms. */
            conflateMs?: number | null;
        };
        /** @description One answer to a pool's question; null while it has no liquidity. */
        Outcome: {
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            option: number;
            label: string;
            /** @description What a share costs that pays 1 if this comes true, in 10^18ths. */
            price: string | null;
            /** @description 100 / price, rounded down. */
            odds: number | null;
        };
        /** @description The whole present state of a market as clients see it, never a difference. */
        Payload: {
            moneyline: components["schemas"]["Moneyline"] | null;
            spread: components["schemas"]["Spread"] | null;
            total: components["schemas"]["Total"] | null;
            /** @description The moneyline's home side, for old clients. */
            odds_a: number | null;
            /** @description The moneyline's away side, for old clients. */
            odds_b: number | null;
            outcomes?: components["schemas"]["Outcome"][];
            /** Format: int64 */
            market_id: number;
            /** @enum {string} */
            status: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            start_time: number;
            /**
             * @description Who set the price.
             * @enum {string}
             */
            source: "admin" | "feed" | "amm" | "import";
            /** @description Why it changed. */
            reason?: string;
        };
        /** @description Ask whether the server is there. */
        Ping: {
            /** @enum {string} */
            type: "ping";
            ts?: number | string | null;
            id?: (number | string) | null;
        };
        Pong: {
            /** @enum {string} */
            type: "pong";
            /** @description The client's own. */
            ts: number | string | null;
            /** @description Repeated by the answer. */
            id?: number | string;
        };
        /** @description The user's position in a pool, whole. */
        PositionChanged: {
            /** Format: int64 */
            marketId: number;
            question: string;
            /** @enum {string} */
            status: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
            /** @description In the token's smallest unit. */
            bought: string;
            /** @description In the token's smallest unit. */
            sold: string;
            /** @description In the token's smallest unit. */
            provided: string;
            /** @description In the token's smallest unit. */
            claimed: string;
            /** @description In the token's smallest unit. */
            feesPaid: string;
            /** @description In the token's smallest unit. */
            feesReceived: string;
            /** @description Below 0: lost. */
            realized: string;
            /** @description Below 0: lost. */
            liquidityRealized: string;
            /** @description With its EIP-55 checksum. */
            collateral: string;
            outcomes: components["schemas"]["Shares"][];
            /** @description Null: none was ever provided. */
            liquidity: components["schemas"]["LiquiditySums"] | null;
            /** @description In the token's smallest unit. */
            cost: string;
            /** @description In the token's smallest unit. */
            value: string;
            /** @description Below 0: lost. */
            unrealized: string;
            /** @description What a claim would pay now. */
            claimable: string;
            claimTxHash: string | null;
            /** Format: int64 */
            tradeCount: number;
            /**
             * @description Of the last event of it.
             * @enum {string|null}
             */
            finality: "pending" | "confirmed" | "final" | null;
            /** @enum {string} */
            type: "user:position_update";
            /** @description With its EIP-55 checksum. */
            address: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
        };
        /** @description The newest of each market that changed within a tick. */
        Prices: {
            updates: (components["schemas"]["OddsUpdate"] | components["schemas"]["Snapshot"] | components["schemas"]["Resync"])[];
        };
        /** @description A request was refused; the connection lives on. */
        Refused: {
            /** @enum {string} */
            type: "error";
            /** @enum {string} */
            code: "BAD_REQUEST" | "UNAUTHORIZED" | "FORBIDDEN" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "CONFLICT" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "RATE_LIMITED" | "INTERNAL_ERROR" | "SERVICE_UNAVAILABLE";
            message: string;
            /** @description Repeated by the answer. */
            id?: number | string;
        };
        Rejected: {
            /** Format: int64 */
            market: number;
            /** @enum {string} */
            reason: "NOT_FOUND" | "SERVICE_UNAVAILABLE";
        };
        /** @description Somebody proposed a pool's result. */
        ResultProposed: {
            txHash: string;
            /** Format: int64 */
            blockNumber: number;
            /** Format: int64 */
            logIndex: number;
            /**
             * @description `confirmed`: a reorganisation may still take it back.
             * @enum {string}
             */
            finality: "pending" | "confirmed" | "final";
            /** @enum {string} */
            type: "market:result_proposed";
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            marketId: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
            /** @description With its EIP-55 checksum. */
            proposer: string;
            /** @description From 1, as a market's options. */
            outcome: number;
            /** Format: int64 */
            round: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            disputableUntil: number;
        };
        /** @description Follow markets from the last seq that the client has of each. */
        Resume: {
            /** @enum {string} */
            type: "resume";
            offsets: {
                [key: string]: number;
            };
            /** @description As a snapshot gave it. */
            epoch?: string | null;
            id?: (number | string) | null;
        };
        /** @description A market's whole state, in place of changes that can't be given one by one. */
        Resync: {
            /** Format: int64 */
            marketId: number;
            payload: components["schemas"]["Payload"];
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            seq: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
            /** @enum {string} */
            type: "resync";
            /** @description Names the history that all seqs belong to: when it changes, forget what you have. */
            epoch: string;
            /** @enum {string} */
            reason: "epoch_changed" | "too_old" | "limit";
        };
        /** @description One answer for each, in the same order. `ok`: whether all went well. */
        Several: {
            ok: boolean;
            markets: (components["schemas"]["MarketStands"] | components["schemas"]["MarketLeft"] | components["schemas"]["NotDone"])[];
        };
        /** @description What is held of one outcome. */
        Shares: {
            /** @description From 1, as a market's options. */
            outcome: number;
            label: string;
            /** @description A share pays 1 if its outcome comes true. */
            shares: string;
            /** @description In the token's smallest unit. */
            cost: string;
            /** @description In 10^18ths. */
            averagePrice: string;
            /** @description At the present price. */
            value: string;
            /** @description Below 0: lost. */
            unrealized: string;
        };
        /** @description A market's whole state; what follows has the next seq. */
        Snapshot: {
            /** Format: int64 */
            marketId: number;
            payload: components["schemas"]["Payload"];
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            seq: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
            /** @enum {string} */
            type: "snapshot";
            /** @description Names the history that all seqs belong to: when it changes, forget what you have. */
            epoch: string;
        };
        /** @description Who wins once the home side's handicap is added to its score. */
        Spread: {
            /** @description The home side's, in quarters of a point. */
            line: number;
            /** @description At most two decimals. */
            home: number;
            /** @description At most two decimals. */
            away: number;
        };
        /** @description Follow markets, and what is told besides odds. */
        Subscribe: {
            /** @enum {string} */
            type: "subscribe";
            markets?: (number | string)[];
            /** @description What is told besides odds. */
            channels?: ("markets" | "user")[];
            options?: components["schemas"]["OptionsMessage"];
            id?: (number | string) | null;
        };
        /** @description A reorganisation took it back: drop the one with this id. */
        TakenBack: {
            txHash: string;
            /** Format: int64 */
            blockNumber: number;
            /** Format: int64 */
            logIndex: number;
            /**
             * @description `confirmed`: a reorganisation may still take it back.
             * @enum {string}
             */
            finality: "pending" | "confirmed" | "final";
            /** @enum {string} */
            type: "trade:taken_back" | "liquidity:taken_back";
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            marketId: number;
            /** @enum {string} */
            kind: "buy" | "sell" | "add" | "remove";
            /** @description With its EIP-55 checksum. */
            address: string | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
        };
        /** @description Whether both scores add up to more than the line. */
        Total: {
            /** @description The handicap or the total, in quarters of a point. */
            line: number;
            /** @description At most two decimals. */
            over: number;
            /** @description At most two decimals. */
            under: number;
        };
        /** @description A trade in a pool. */
        Traded: {
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            marketId: number;
            txHash: string;
            /** Format: int64 */
            blockNumber: number;
            /** Format: int64 */
            logIndex: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
            /**
             * @description `confirmed`: a reorganisation may still take it back.
             * @enum {string}
             */
            finality: "pending" | "confirmed" | "final";
            /** @description With its EIP-55 checksum. */
            trader: string;
            /** @enum {string} */
            side: "buy" | "sell";
            /** @description From 1, as a market's options. */
            outcome: number;
            label: string;
            /** @description What was paid with the fee in it, or got with the fee off it. */
            amount: string;
            /** @description In the token's smallest unit. */
            fee: string;
            /** @description A share pays 1 if its outcome comes true. */
            shares: string;
            /** @description Of this outcome. */
            priceAfter: string | null;
            /** @enum {string} */
            type: "trade:shares_bought" | "trade:shares_sold";
            /** @description That it left, by outcome. */
            prices: string[] | null;
        };
        /** @description What became of a transaction that the user handed in. */
        TransactionChanged: {
            /** @description With its EIP-55 checksum. */
            from: string;
            txHash: string;
            /** @enum {string} */
            state: "pending" | "confirmed" | "failed" | "dropped";
            /**
             * @description `confirmed`: a reorganisation may still take it back.
             * @enum {string}
             */
            finality: "pending" | "confirmed" | "final";
            function: string | null;
            /** Format: int64 */
            marketId: number | null;
            /** Format: int64 */
            nonce: number | null;
            /** Format: int64 */
            blockNumber: number | null;
            error: components["schemas"]["ContractError"] | null;
            replacedBy: string | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            submittedAt: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            changedAt: number;
            /** @enum {string} */
            type: "user:transaction_update";
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
        };
        /** @description Leave markets, or channels. */
        Unsubscribe: {
            /** @enum {string} */
            type: "unsubscribe";
            markets?: (number | string)[];
            /** @description What is told besides odds. */
            channels?: ("markets" | "user")[];
            id?: (number | string) | null;
        };
        /** @description Something that concerns the user may be missing: read it anew. */
        UserResync: {
            /** @enum {string} */
            type: "user:resync";
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
        };
        /** @description A market to follow; with the last seq that the client has, from there on. */
        Want: {
            /** @description A market's id, or its digits. */
            marketId: number | string;
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            lastSeq?: number | null;
            /** @description Names the history that all seqs belong to: when it changes, forget what you have. */
            epoch?: string | null;
        };
        /** @description What became of a withdrawal of the user's. */
        WithdrawalChanged: {
            /** Format: int64 */
            id: number;
            /**
             * @description `held`: two operators release it. `refused` and `expired`: credited back.
             * @enum {string}
             */
            state: "held" | "issued" | "redeemed" | "expired" | "refused";
            /** @description In the token's smallest unit. */
            amount: string;
            /** @description With its EIP-55 checksum. */
            to: string;
            /** @description Seconds since 1970, as the contract takes it. */
            deadline: number | null;
            /** @description The voucher's number, which redeeming uses up. */
            nonce: string;
            signature: string | null;
            /** @description While it is `issued`, this block may still be replaced. */
            txHash: string | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            createdAt: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            endedAt: number | null;
            /** @enum {string} */
            type: "user:withdrawal_update";
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            ts: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
