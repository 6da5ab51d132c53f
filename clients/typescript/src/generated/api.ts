// From docs/openapi.json, by `npm run generate`.

export interface paths {
    "/api/v1/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Say that the process answers. Asks nothing of the database */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Say whether traffic should come here: 200, or 503 with the reasons */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell a front end what it is connected to */
        get: operations["config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describe this API: OpenAPI 3.1, as JSON or YAML */
        get: operations["schema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schema/sockets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describe the sockets: AsyncAPI 3, as JSON or YAML */
        get: operations["socketsSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show this API as a page, where requests can be tried */
        get: operations["docs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/nonce": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Give an address a nonce to sign */
        get: operations["nonce"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/verify-sig": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in with a signed nonce */
        post: operations["verifySignature"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show who is signed in */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the session of this token */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout-all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End every session of the user */
        post: operations["logoutAll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a session without a wallet, to read and listen */
        post: operations["guestSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the session of this token */
        get: operations["session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ws/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Give out a token for one socket handshake */
        get: operations["socketToken"];
        put?: never;
        /** Do the same: it makes something, so a client may rather POST */
        post: operations["makeSocketToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List markets, filtered, soonest first */
        get: operations["listMarkets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/active": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what takes bets now, from the copy where there is one */
        get: operations["activeMarkets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/{market_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one market with its options and odds */
        get: operations["market"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/{market_id}/odds/snapshot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the whole present state with its seq, as a socket's subscriber gets it */
        get: operations["snapshot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/{market_id}/odds/updates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the changes after a seq, for clients that missed some */
        get: operations["oddsUpdates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/odds/{market_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the present odds, in the old and the new shape */
        get: operations["odds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/markets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a market, once per Idempotency-Key; it takes bets unless it is to be a draft
         * @description For operators whose role has the permission `markets.manage_market`.
         */
        post: operations["createMarket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/markets/{market_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change a market's status, description or start; what is absent stays
         * @description Whoever sets prices may suspend and resume, and nothing else.
         *
         *     For operators whose role has the permission `markets.manage_market` or `markets.price_market`.
         */
        put: operations["updateMarket"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/markets/{market_id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let feeds price the market again
         * @description For operators whose role has the permission `markets.price_market`.
         */
        post: operations["releaseOdds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/odds/override": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set prices by hand. Answers the update as sockets get it
         * @description For operators whose role has the permission `markets.price_market`.
         */
        post: operations["overrideOdds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/odds/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply a feed's prices; report what could not be applied, by the row's number from 1
         * @description For operators whose role has the permission `markets.price_market`.
         */
        post: operations["bulkOdds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's orders, newest first; staff see everybody's */
        get: operations["listOrders"];
        put?: never;
        /** Place a bet, once per Idempotency-Key */
        post: operations["placeOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bets/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show what a bet would be placed at now, and how large it may be */
        post: operations["quoteOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bets/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pay all that the caller may claim; `hasMore` says whether to ask again */
        post: operations["claimAll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bets/{order_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one order */
        get: operations["order"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bets/{order_id}/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pay what an order won into its owner's balance */
        post: operations["claimOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bets/{order_id}/settlement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show why an order pays what it pays, number by number */
        get: operations["explainOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/balance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what the caller may stake, and what waits to be claimed */
        get: operations["balance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what came into and went out of the caller's balance, newest first */
        get: operations["ledger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the limits that the caller has set for themselves */
        get: operations["ownLimits"];
        /** Set them: tighter at once, looser in 24 hours */
        put: operations["setOwnLimits"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/faucet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a demo user something to play with. There is none outside the demo */
        post: operations["faucet"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settlement-vectors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show worked cases of settlement, for whoever wants to check our sums or theirs */
        get: operations["settlementVectors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/markets/{market_id}/settle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a market its result; with dry_run, show what that would pay and keep nothing
         * @description For operators whose role has the permission `markets.settle_market`.
         */
        post: operations["settleMarket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/markets/{market_id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show what a decision would do. Changes nothing and locks nothing
         * @description For operators whose role has the permission `markets.settle_market`.
         */
        post: operations["previewDecision"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/markets/{market_id}/void": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a market; with placed_after, void only the orders placed after that moment
         * @description For operators whose role has the permission `markets.settle_market`.
         */
        post: operations["voidMarket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/markets/{market_id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a result back, as long as nobody has claimed
         * @description For operators whose role has the permission `markets.settle_market`.
         */
        post: operations["rollBackMarket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/markets/{market_id}/resettle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace a result, or void a settled market
         * @description For operators whose role has the permission `markets.settle_market`.
         */
        post: operations["resettleMarket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/markets/{market_id}/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set what a market takes
         * @description For operators whose role has the permission `markets.manage_market`.
         */
        put: operations["setMarketLimits"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/bets/{order_id}/void": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Void one order that has no result yet
         * @description For operators whose role has the permission `markets.settle_market`.
         */
        post: operations["voidOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/proposals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was proposed, newest first
         * @description For operators whose role has the permission `betting.view_proposal`.
         */
        get: operations["listProposals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/proposals/{proposal_id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Carry out what another operator proposed, unless it would do something else by now
         * @description For operators whose role has the permission `markets.settle_market`.
         */
        post: operations["approveProposal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/proposals/{proposal_id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a proposal back, or turn another operator's down
         * @description For operators whose role has the permission `markets.settle_market`.
         */
        post: operations["withdrawProposal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{address}/credit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give an amount to a user, once per Idempotency-Key, and show the balance after it
         * @description For operators whose role has the permission `betting.adjust_balance`.
         */
        post: operations["creditUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{address}/debit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take an amount from a user, once per Idempotency-Key, and show the balance after it
         * @description For operators whose role has the permission `betting.adjust_balance`.
         */
        post: operations["debitUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chain/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell how far the listener is, and what the last comparison of chain and database found
         * @description Asks no node: `head` is the highest block that the listener heard of.
         */
        get: operations["chainStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/positions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's positions, the newest pools first */
        get: operations["listPositions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/positions/{market_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the caller's position in one market, be it none */
        get: operations["position"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trades": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's trades, the newest first */
        get: operations["listTrades"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/liquidity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what the caller provides, or ever provided, of pools */
        get: operations["listLiquidity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/liquidity/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the liquidity that the caller gave and took back, the newest first */
        get: operations["listLiquidityChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what the caller claimed, the newest first */
        get: operations["listClaims"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{address}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sum up what the caller did, for each collateral. Somebody else's is a 404 */
        get: operations["stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/{market_id}/pool": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what the chain says of a market */
        get: operations["pool"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/{market_id}/trades": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a market's trades, the newest first */
        get: operations["listMarketTrades"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/markets/{market_id}/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a market's candles, oldest first; `hasMore`: there are older ones */
        get: operations["candles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trades/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show what a trade would come to now */
        post: operations["quoteTrade"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trades/buy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Return a purchase to be signed, which would go through now */
        post: operations["buyShares"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trades/sell": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Return a sale to be signed, which would go through now */
        post: operations["sellShares"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trades/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Return a call to be signed that pays the shares of a finished market out */
        post: operations["claimShares"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trades/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Relay a signed transaction, or watch one that the wallet has sent itself */
        post: operations["submitTransaction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/liquidity/add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Return a provision of liquidity to be signed */
        post: operations["addLiquidity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/liquidity/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Return a call to be signed that takes liquidity back, with the fees that it earned */
        post: operations["removeLiquidity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the transactions that the caller has handed in, newest first */
        get: operations["listTransactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transactions/{tx_hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one of them */
        get: operations["transaction"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vault": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show which contract takes deposits, of which token, and how */
        get: operations["vault"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vault/deposits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what came in for the caller's wallet, newest first; pending ones are not final */
        get: operations["listDeposits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vault/withdrawals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the caller's withdrawals, newest first */
        get: operations["listWithdrawals"];
        put?: never;
        /** Debit the caller and give them a voucher, once per Idempotency-Key */
        post: operations["withdraw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vault/withdrawals/{withdrawal_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one of the caller's withdrawals */
        get: operations["withdrawal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/solvency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what the vault held at a final block and what was owed then */
        get: operations["solvency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ws/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell how the sockets do, here and in all processes
         * @description Without Redis, a process knows only itself.
         */
        get: operations["socketsHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ActiveMarket: {
            /** Format: int64 */
            market_id: number;
            title: string;
            category: string;
        };
        /** @description What takes bets now. */
        ActiveMarkets: {
            /**
             * @description Where this answer came from.
             * @enum {string}
             */
            source: "cache" | "db";
            data: components["schemas"]["ActiveMarket"][];
        };
        /** @description A provision of liquidity to be signed. */
        AddCall: {
            /** Format: int64 */
            chainId: number;
            /** @description With its EIP-55 checksum. */
            to: string;
            data: string;
            /** @description In the token's smallest unit. */
            value: string;
            /** Format: int64 */
            gas: number;
            /** Format: int64 */
            marketId: number;
            function: string;
            /** @description Null: nothing is to be allowed first. */
            approval: components["schemas"]["Approval"] | null;
            /**
             * Format: int64
             * @description The block in which it would go through.
             */
            blockNumber: number;
            /** @description In the token's smallest unit. */
            minLp: string;
            /** @description By outcome. */
            minShares: string[];
            quote: components["schemas"]["Provision"];
        };
        AddLiquidityBody: {
            /** Format: int64 */
            marketId: number;
            /** @default 50 */
            slippageBps?: number;
            minShares?: string[];
            /** @description In the token's smallest unit. */
            amount: string;
            /** @description In the token's smallest unit. */
            minLp?: string;
        };
        /** @description What a correction moves for users who have claimed. */
        Adjustments: {
            /** Format: int64 */
            usersGaining: number;
            /** @description In the token's smallest unit. */
            gained: string;
            /** Format: int64 */
            usersLosing: number;
            /** @description In the token's smallest unit. */
            lost: string;
            /**
             * Format: int64
             * @description Their balance does not cover what they lose.
             */
            usersOwing: number;
            /** @description In the token's smallest unit. */
            owed: string;
            debtors: components["schemas"]["Debtor"][];
        };
        /** @description The same of all processes. */
        AllNumbers: {
            /** Format: int64 */
            connections: number;
            /**
             * Format: int64
             * @description Markets that somebody follows.
             */
            topics: number;
            /**
             * Format: int64
             * @description Messages handed to clients.
             */
            sent: number;
            /**
             * Format: int64
             * @description Gaps filled from the database.
             */
            healed: number;
            /**
             * Format: int64
             * @description Clients closed with 4408.
             */
            slowCloses: number;
            /** Format: int64 */
            processes: number;
        };
        /** @description What the wallet has to allow first: these calls, in this order. */
        Approval: {
            /** @description With its EIP-55 checksum. */
            token: string;
            /** @description With its EIP-55 checksum. */
            spender: string;
            /** @description In the token's smallest unit. */
            allowance: string;
            /** @description In the token's smallest unit. */
            required: string;
            transactions: components["schemas"]["UnsignedCall"][];
        };
        /** @description What may be staked. */
        Balance: {
            /** @description In the token's smallest unit. */
            balance: string;
        };
        /** @description What became of a batch, in rows. */
        Bulk: {
            /** Format: int64 */
            applied: number;
            /**
             * Format: int64
             * @description They said what was so already.
             */
            unchanged: number;
            /**
             * Format: int64
             * @description Of markets that an operator has priced by hand.
             */
            held: number;
            problems: components["schemas"]["Problem"][];
        };
        /** @description The rows themselves are read one by one: a bad one must not cost the others. */
        BulkBody: {
            feed: string;
            /** @description Rows: `market_id` or `external_ref`, and at least one of `moneyline`, `spread` and `total` as in an override. What is no such row is reported, and not refused. */
            updates: unknown[];
        };
        BuyBody: {
            /** Format: int64 */
            marketId: number;
            outcome: number;
            /** @description In the token's smallest unit. */
            amount: string;
            /** @default 50 */
            slippageBps?: number;
            /** @description In the token's smallest unit. */
            minShares?: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            deadline?: number;
        };
        /** @description A call for the user's wallet to make. */
        Call: {
            /** @description With its EIP-55 checksum. */
            to: string | null;
            function: string;
            args: string[];
        };
        /** @description Prices within one interval. One without a trade is left out. */
        Candle: {
            /**
             * Format: int64
             * @description When it begins.
             */
            ts: number;
            outcomes: components["schemas"]["OutcomeCandle"][];
            /**
             * @description `confirmed`: a reorganisation may still take it back.
             * @enum {string}
             */
            finality: "pending" | "confirmed" | "final";
        };
        Candles: {
            /** Format: int64 */
            marketId: number;
            /** @enum {string} */
            interval: "1m" | "5m" | "1h" | "1d";
            /** @description The oldest first. */
            candles: components["schemas"]["Candle"][];
            /** @description There are older ones. */
            hasMore: boolean;
        };
        /** @description How far the listener is; null: not known before it has run. */
        ChainStatus: {
            /** Format: int64 */
            chainId: number;
            /** @description With its EIP-55 checksum. */
            contract: string;
            /**
             * Format: int64
             * @description The highest block that the listener heard of.
             */
            head: number | null;
            /** @description What is so up to this block, is in the database. */
            indexed: number;
            /**
             * Format: int64
             * @description What no reorganisation takes back.
             */
            finalized: number | null;
            /**
             * Format: int64
             * @description Blocks from `indexed` to `head`.
             */
            lag: number | null;
            /** @description Why the listener stands still. */
            halted: string | null;
            /**
             * Format: int64
             * @description Logs that could not be read.
             */
            quarantined: number;
            /** @description The last one that ended. */
            reconciliation: components["schemas"]["Reconciliation"] | null;
        };
        /** @description The groups of an override: absent stays, null takes the group off. */
        ChangesBody: {
            moneyline?: components["schemas"]["MoneylineBody"] | null;
            spread?: components["schemas"]["SpreadBody"] | null;
            total?: components["schemas"]["TotalBody"] | null;
        };
        Claim: {
            /** Format: int64 */
            orderId: number;
            claimed: boolean;
            /** @description In the token's smallest unit. */
            claimAmount: string;
            claimTxHash: string | null;
        };
        ClaimBody: {
            /** Format: int64 */
            marketId: number;
            /** @description In one case, or with its EIP-55 checksum. */
            recipient?: string;
        };
        /** @description A claim to be signed. */
        ClaimCall: {
            /** Format: int64 */
            chainId: number;
            /** @description With its EIP-55 checksum. */
            to: string;
            data: string;
            /** @description In the token's smallest unit. */
            value: string;
            /** Format: int64 */
            gas: number;
            /** Format: int64 */
            marketId: number;
            function: string;
            /** @description Null: nothing is to be allowed first. */
            approval: components["schemas"]["Approval"] | null;
            /**
             * Format: int64
             * @description The block in which it would go through.
             */
            blockNumber: number;
            quote: components["schemas"]["Payment"];
        };
        Claimed: {
            /** Format: int64 */
            orderId: number;
            /** @description In the token's smallest unit. */
            claimAmount: string;
        };
        /** @description Shares that were turned into what they pay. */
        ClaimedShares: {
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
            recipient: string;
            /** @description By outcome. */
            shares: string[];
            /** @description In the token's smallest unit. */
            amount: string;
            /** @description In the token's smallest unit. */
            cost: string;
            /** @description Below 0: lost. */
            realized: string;
        };
        /** @description One page of a list. */
        ClaimedSharesPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["ClaimedShares"][];
        };
        /** @description All that was paid at once. */
        Claims: {
            claimed: components["schemas"]["Claimed"][];
            /** @description In the token's smallest unit. */
            total: string;
            /** @description There may be more: claim again. */
            hasMore: boolean;
        };
        /** @description Sums over somebody's positions in one collateral. */
        CollateralSums: {
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
            /** Format: int64 */
            marketCount: number;
            /**
             * Format: int64
             * @description Where something is held.
             */
            openCount: number;
            /** Format: int64 */
            tradeCount: number;
            /** @description In the token's smallest unit. */
            volume: string;
            /** @description In the token's smallest unit. */
            cost: string;
            /** @description In the token's smallest unit. */
            value: string;
            /** @description Below 0: lost. */
            unrealized: string;
            /** @description In the token's smallest unit. */
            feesEarned: string;
            /** @description In the token's smallest unit. */
            claimable: string;
        };
        Coming: {
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            from: number;
            /** @description In the token's smallest unit. */
            dailyStake: string | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            excludedUntil: number | null;
        };
        /** @description What a front end is connected to. */
        Config: {
            token: components["schemas"]["Token"];
            /** Format: int64 */
            chainId: number;
            contracts: components["schemas"]["Contracts"];
            limits: components["schemas"]["Limits"];
            /** @description The faucet flows. */
            demo: boolean;
            /** @description Names the history that all seqs belong to: when it changes, forget what you have. */
            epoch: string;
            version: string;
        };
        /** @description Why the contract refused it, in its own words, or why it was dropped. */
        ContractError: {
            error: string;
            values?: {
                [key: string]: unknown;
            };
        };
        /** @description Empty where no chain is followed. */
        Contracts: {
            /** @description With its EIP-55 checksum. */
            market?: string;
            /** @description With its EIP-55 checksum. */
            vault?: string;
        };
        /** @description A rollback, or the void of one order. */
        CorrectionBody: {
            preview?: string;
            reason: string;
        };
        CreateMarketBody: {
            league: string;
            home_team: string;
            away_team: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            start_time: number;
            /** @default sports */
            category?: string;
            /** @default  */
            description?: string;
            /** @default false */
            live?: boolean;
            /**
             * @default active
             * @enum {string}
             */
            status?: "draft" | "active";
            payload?: components["schemas"]["PricesBody"];
            /** @default  */
            reason?: string;
        };
        Created: {
            /** Format: int64 */
            id: number;
        };
        Debtor: {
            /** Format: int64 */
            userId: number;
            /** @description In the token's smallest unit. */
            owed: string;
        };
        /** @description What came in; pending until its block is final. */
        Deposit: {
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
            status: "pending" | "credited";
        };
        /** @description One page of a list. */
        DepositPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["Deposit"][];
        };
        /** @description The EIP-712 domain of vouchers. */
        Domain: {
            name: string;
            version: string;
            /** Format: int64 */
            chainId: number;
            /** @description With its EIP-55 checksum. */
            verifyingContract: string;
        };
        /** @description One entry of the caller's account. */
        Entry: {
            /** Format: int64 */
            id: number;
            /** @enum {string} */
            cause: "order" | "settlement" | "claim" | "deposit" | "withdrawal" | "adjustment";
            /** @description Negative where it left the account. */
            amount: string;
            /**
             * @description Where it came from or went.
             * @enum {string}
             */
            other: "user" | "escrow" | "claims" | "house" | "outside" | "vault" | "vouchers" | "receivable";
            /** Format: int64 */
            marketId: number | null;
            /** Format: int64 */
            orderId: number | null;
            reason: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            createdAt: number;
        };
        /** @description One page of a list. */
        EntryPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["Entry"][];
        };
        /** @description What every answer has that is neither a 2xx nor a 304. */
        Error: {
            /**
             * @description Follows from the status.
             * @enum {string}
             */
            code: "BAD_REQUEST" | "UNAUTHORIZED" | "FORBIDDEN" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "CONFLICT" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "RATE_LIMITED" | "INTERNAL_ERROR" | "SERVICE_UNAVAILABLE";
            /** @description For people; may change. */
            message: string;
            /** @description For programs; stays. */
            reason?: string;
            /** @description By field what is wrong with it, or what would have been allowed. */
            details?: {
                [key: string]: unknown;
            };
        };
        /** @description Every number between the score and the payout. */
        Explanation: {
            /** Format: int64 */
            orderId: number;
            /** Format: int64 */
            marketId: number;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            option: number;
            /** Format: int64 */
            homeScore: number | null;
            /** Format: int64 */
            awayScore: number | null;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            winningOption: number | null;
            /** @description In quarter points. */
            lineQuarters: number | null;
            /** @description By how much the bet's side won, its line counted in. */
            marginQuarters: number | null;
            /** @description Whether a tie beats home and away. */
            threeWay: boolean;
            /** @enum {string} */
            result: "WIN" | "HALF_WIN" | "PUSH" | "HALF_LOSE" | "LOSE" | "VOID";
            /** @description In the token's smallest unit. */
            amount: string;
            /** @description In hundredths: 185 is 1.85. */
            odds: number;
            /**
             * Format: int64
             * @description payout = amount * numerator div denominator.
             */
            numerator: number;
            /** Format: int64 */
            denominator: number;
            /** @description In the token's smallest unit. */
            payout: string;
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            oddsSeq: number;
            /**
             * Format: int64
             * @description Counts a market's decisions; 0 before the first.
             */
            settlementVersion: number;
            /** @enum {string} */
            decision: "settle" | "resettle" | "rollback" | "void" | "void_orders";
        };
        /** @description A pool's result. Of `payoutDenominator`, each outcome's share pays its numerator. */
        FinalResult: {
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
            voided: boolean;
            /** @description From 1, as a market's options. */
            outcome: number | null;
            payoutNumerators: string[];
            /** @description In the token's smallest unit. */
            payoutDenominator: string;
        };
        Guest: {
            /** @description Goes into `Authorization: Bearer …`. */
            token: string;
            /**
             * Format: int64
             * @description Seconds that it lives.
             */
            expiresIn: number;
            /** @enum {string} */
            role: "guest";
        };
        Healthy: {
            /** @enum {string} */
            status: "ok";
        };
        /** @description What one client may do; null: without a limit. */
        Limits: {
            /** @description In the token's smallest unit. */
            stakeMin: string;
            /** @description In the token's smallest unit. */
            stakeMax: string | null;
            /** Format: int64 */
            requestsPerSecond: number | null;
            /** Format: int64 */
            requestsBurst: number | null;
            /**
             * Format: int64
             * @description Updates that a socket replays at most.
             */
            replay: number;
        };
        /** @description Liquidity that was given or taken back. */
        LiquidityChange: {
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
            /** @enum {string} */
            kind: "add" | "remove";
            /** @description What was given; taking back gives shares. */
            amount: string;
            /** @description In the token's smallest unit. */
            lp: string;
            /** @description By outcome. */
            shares: string[];
            /** @description In the token's smallest unit. */
            fees: string;
            /** @description In the token's smallest unit. */
            cost: string;
            shareCosts: string[];
            /** @description Below 0: lost. */
            realized: string;
        };
        /** @description One page of a list. */
        LiquidityChangePage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["LiquidityChange"][];
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
        ListedOdds: {
            moneyline: components["schemas"]["Moneyline"] | null;
            spread: components["schemas"]["Spread"] | null;
            total: components["schemas"]["Total"] | null;
            /** @description The moneyline's home side, for old clients. */
            odds_a: number | null;
            /** @description The moneyline's away side, for old clients. */
            odds_b: number | null;
            outcomes?: components["schemas"]["Outcome"][];
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            seq: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            timestamp: number;
        };
        /** @description A market with its options and, once there is one, its result. */
        Market: {
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
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            seq: number;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            winning_option: number | null;
            /** Format: int64 */
            home_score: number | null;
            /** Format: int64 */
            away_score: number | null;
            options: components["schemas"]["Option"][];
        };
        /** @description What a market takes; null: no such limit. */
        MarketLimits: {
            /** Format: int64 */
            marketId: number;
            /** @description In the token's smallest unit. */
            stakeMin: string | null;
            /** @description In the token's smallest unit. */
            stakeMax: string | null;
            /** @description Of one user, over all bets. */
            userStakeMax: string | null;
            /** @description What the house may lose. */
            liabilityCap: string | null;
            /** @description By option number. */
            optionStakeMax: {
                [key: string]: string | null;
            };
        };
        /** @description What is absent stays, null lifts the limit. */
        MarketLimitsBody: {
            reason: string;
            /** @description In the token's smallest unit. */
            stakeMin?: string | null;
            /** @description In the token's smallest unit. */
            stakeMax?: string | null;
            /** @description In the token's smallest unit. */
            userStakeMax?: string | null;
            /** @description In the token's smallest unit. */
            liabilityCap?: string | null;
            optionStakeMax?: {
                [key: string]: string | null;
            };
        };
        /** @description A market's prices, in the old shape and the new. */
        MarketOdds: {
            moneyline: components["schemas"]["Moneyline"] | null;
            spread: components["schemas"]["Spread"] | null;
            total: components["schemas"]["Total"] | null;
            /** @description The moneyline's home side, for old clients. */
            odds_a: number | null;
            /** @description The moneyline's away side, for old clients. */
            odds_b: number | null;
            outcomes?: components["schemas"]["Outcome"][];
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            seq: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            timestamp: number;
            /** @enum {string} */
            status: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
            /**
             * @description Where this answer came from.
             * @enum {string}
             */
            source: "cache" | "db";
            /** Format: int64 */
            marketId: number;
        };
        MarketPage: {
            market: components["schemas"]["Market"];
            odds: components["schemas"]["Odds"];
        };
        /** @description One line of the list. */
        MarketRow: {
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
            /** @description Null while nothing is priced. */
            odds: components["schemas"]["ListedOdds"] | null;
        };
        /** @description One page of a list. */
        MarketRowPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["MarketRow"][];
        };
        /** @description Who is signed in, and when they last signed in. */
        Me: {
            /** Format: int64 */
            id: number;
            /** @description With its EIP-55 checksum. */
            address: string | null;
            /** @enum {string} */
            role: "user" | "trader" | "settler" | "auditor" | "admin";
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            last_login: number | null;
        };
        MoneyBody: {
            reason: string;
            /** @description In the token's smallest unit. */
            amount: string;
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
        MoneylineBody: {
            /** @description At most two decimals. */
            home: number;
            /** @description At most two decimals. */
            away: number;
            /** @description At most two decimals. */
            draw?: number | null;
        };
        /** @description What is to be signed, in `Login to KMarket: nonce=<nonce>` or an EIP-4361 message. */
        Nonce: {
            /** Format: uuid */
            nonce: string;
            /**
             * Format: int64
             * @description Seconds that it lives.
             */
            expiresIn: number;
        };
        /** @description No order was left to void. */
        NothingToDo: {
            /** Format: int64 */
            orders: number;
            /** @description In the token's smallest unit. */
            staked: string;
            changed: boolean;
        };
        Odds: {
            moneyline: components["schemas"]["Moneyline"] | null;
            spread: components["schemas"]["Spread"] | null;
            total: components["schemas"]["Total"] | null;
            /** @description The moneyline's home side, for old clients. */
            odds_a: number | null;
            /** @description The moneyline's away side, for old clients. */
            odds_b: number | null;
            outcomes?: components["schemas"]["Outcome"][];
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            seq: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            timestamp: number;
            /** @enum {string} */
            status: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
            /**
             * @description Where this answer came from.
             * @enum {string}
             */
            source: "cache" | "db";
        };
        /** @description One change of a market, as sockets get it too. */
        OddsUpdate: {
            /** @enum {string} */
            type: "odds_update";
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
        };
        /** @description Something to bet on. */
        Option: {
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            option: number;
            /** @enum {string} */
            kind: "moneyline" | "spread" | "total" | "outcome";
            /** @enum {string|null} */
            side: "home" | "away" | "draw" | "over" | "under" | null;
            label: string;
            /** @description The handicap or the total, in quarters of a point. */
            line: number | null;
            /** @description In hundredths: 185 is 1.85. */
            odds: number | null;
            /**
             * @description `off`: not offered now.
             * @enum {string}
             */
            status: "open" | "suspended" | "off";
            /** @description Of a pool's outcomes: in 10^18ths. */
            price?: string | null;
        };
        /** @description One bet, at the price at which it was taken. */
        Order: {
            /** @enum {string} */
            status: "pending" | "confirmed";
            settled: boolean;
            claimed: boolean;
            /** @description What it pays; null until it is settled, "0" if it lost. */
            potentialPayout: string | null;
            /** @description What was paid; null until it is claimed. */
            claimAmount: string | null;
            /** Format: int64 */
            orderId: number;
            /** @description With its EIP-55 checksum. */
            userAddress: string | null;
            /** Format: int64 */
            marketId: number;
            /** @description In the token's smallest unit. */
            amount: string;
            /** @description In hundredths: 185 is 1.85. */
            odds: number;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            option: number;
            txHash: string | null;
            claimTxHash: string | null;
            /** @enum {string} */
            state: "accepted" | "settled" | "claimed";
            /** @enum {string|null} */
            result: "WIN" | "HALF_WIN" | "PUSH" | "HALF_LOSE" | "LOSE" | "VOID" | null;
            /** @description What a full win pays. */
            maxPayout: string;
            /** @description The handicap or the total, in quarters of a point. */
            line: number | null;
            /**
             * Format: int64
             * @description The market's change that the price is of.
             */
            oddsSeq: number;
            /**
             * Format: int64
             * @description Counts a market's decisions; 0 before the first.
             */
            settlementVersion: number;
            /** @description The caller's own word for it. */
            clientRef: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            createdAt: number;
        };
        /** @description One page of a list. */
        OrderPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["Order"][];
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
        OutcomeCandle: {
            /** @description From 1, as a market's options. */
            outcome: number;
            /** @description In 10^18ths. */
            open: string;
            /** @description In 10^18ths. */
            high: string;
            /** @description In 10^18ths. */
            low: string;
            /** @description In 10^18ths. */
            close: string;
            /** @description In the token's smallest unit. */
            volume: string;
            /** Format: int64 */
            tradeCount: number;
        };
        OverrideBody: {
            /** Format: int64 */
            market_id: number;
            payload: components["schemas"]["ChangesBody"];
            reason: string;
            /** @default false */
            force?: boolean;
        };
        OwnBalance: {
            /** @description In the token's smallest unit. */
            balance: string;
            /** @description Settled, and not claimed yet. */
            owed: string;
        };
        /** @description The limits that a user has set, as they are and as they will be. */
        OwnLimits: {
            /** @description What may be staked within 24 hours. */
            dailyStake: string | null;
            /**
             * Format: int64
             * @description No bets before.
             */
            excludedUntil: number | null;
            /** @description Within the last 24 hours. */
            stakedToday: string;
            /** @description Looser ones, which wait for a day. */
            coming: components["schemas"]["Coming"] | null;
        };
        Paid: {
            /** Format: int64 */
            orders: number;
            /** @description In the token's smallest unit. */
            staked: string;
            /** @description In the token's smallest unit. */
            paidOut: string;
            /** @description In the token's smallest unit. */
            houseProfit: string;
            rows: components["schemas"]["PaidRow"][];
        };
        /** @description Orders of one option with one result. */
        PaidRow: {
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            option: number;
            /**
             * @description Null: they would wait again.
             * @enum {string|null}
             */
            result: "WIN" | "HALF_WIN" | "PUSH" | "HALF_LOSE" | "LOSE" | "VOID" | null;
            /** Format: int64 */
            orders: number;
            /** @description In the token's smallest unit. */
            staked: string;
            /** @description In the token's smallest unit. */
            payout: string;
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
        Payment: {
            /** @description In the token's smallest unit. */
            amount: string;
        };
        /** @description Both are sent: null says that there is to be no such limit. */
        PersonalLimitsBody: {
            /** @description In the token's smallest unit. */
            dailyStake: string | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            excludedUntil: number | null;
        };
        PlaceOrderBody: {
            /** Format: int64 */
            marketId: number;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            option: number;
            /** @description In the token's smallest unit. */
            amount: string;
            /** @description In hundredths: 185 is 1.85. */
            odds: number;
            /**
             * @default none
             * @enum {string}
             */
            acceptOdds?: "none" | "better" | "any";
            /** @description In hundredths: 185 is 1.85. */
            minOdds?: number;
            /** @default  */
            clientRef?: string;
        };
        /** @description What the chain says of a market. */
        Pool: {
            /** Format: int64 */
            marketId: number;
            question: string;
            /** @enum {string} */
            status: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
            /** @description With its EIP-55 checksum. */
            contract: string;
            /** @description The contract's own id of it. */
            number: string;
            /** @description With its EIP-55 checksum. */
            collateral: string;
            /** @description With its EIP-55 checksum. */
            creator: string;
            questionHash: string;
            /** @enum {string} */
            state: "open" | "proposed" | "resolved" | "voided";
            /** @description Something of it could not be read: nobody enters it for now. */
            paused: boolean;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            closesAt: number;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            resolveBy: number;
            /**
             * Format: int64
             * @description In milliseconds.
             */
            disputeWindow: number;
            /** @description Of what is traded, in 10^18ths. */
            fee: string;
            /** @description By outcome. */
            reserves: string[];
            /** @description In the token's smallest unit. */
            lpSupply: string;
            /** @description In the token's smallest unit. */
            backing: string;
            /** @description In the token's smallest unit. */
            fees: string;
            /** @description In the token's smallest unit. */
            volume: string;
            /** @description In the token's smallest unit. */
            volume24h: string;
            /** Format: int64 */
            tradeCount: number;
            proposal: components["schemas"]["ProposedResult"] | null;
            result: components["schemas"]["FinalResult"] | null;
        };
        /** @description What is held, what it is worth, and what came of all that was done. */
        Position: {
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
        };
        /** @description One page of a list. */
        PositionPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["Position"][];
        };
        /** @description What a decision would do, and what it would take back. */
        Preview: {
            /** Format: int64 */
            orders: number;
            /** @description In the token's smallest unit. */
            staked: string;
            /** @description In the token's smallest unit. */
            paidOut: string;
            /** @description In the token's smallest unit. */
            houseProfit: string;
            rows: components["schemas"]["PaidRow"][];
            /** Format: int64 */
            marketId: number;
            /** @enum {string} */
            status: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
            /** @enum {string} */
            decision: "settle" | "void" | "void_since" | "void_order" | "rollback" | "resettle";
            /**
             * Format: int64
             * @description Counts a market's decisions; 0 before the first.
             */
            settlementVersion: number;
            /** @description False: it is so already. */
            changed: boolean;
            takenBack: components["schemas"]["Paid"] | null;
            adjustments: components["schemas"]["Adjustments"] | null;
            /** @description Send it as `preview`: then it is done as shown, or refused. */
            digest: string;
        };
        /** @description What is to be previewed: a result, or one of what may stand in its place. */
        PreviewBody: {
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            winning_option?: number;
            /** Format: int64 */
            home_score?: number;
            /** Format: int64 */
            away_score?: number;
            /** @default false */
            void?: boolean;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            placed_after?: number;
            /** @default false */
            rollback?: boolean;
            /** Format: int64 */
            order_id?: number;
        };
        /** @description The opening prices of a new market. */
        PricesBody: {
            moneyline?: components["schemas"]["MoneylineBody"] | null;
            spread?: components["schemas"]["SpreadBody"] | null;
            total?: components["schemas"]["TotalBody"] | null;
        };
        /** @description A row that could not be applied. */
        Problem: {
            /** @description From 1. */
            row: number;
            reason: string;
            message: string;
        };
        /** @description What an operator proposed, and what became of it. */
        Proposal: {
            /** Format: int64 */
            proposalId: number;
            /** Format: int64 */
            marketId: number;
            /** @enum {string} */
            state: "open" | "approved" | "withdrawn" | "stale";
            /** @enum {string} */
            decision: "settle" | "void" | "void_since" | "void_order" | "rollback" | "resettle";
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            winningOption: number | null;
            /** Format: int64 */
            homeScore: number | null;
            /** Format: int64 */
            awayScore: number | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            placedAfter: number | null;
            /** Format: int64 */
            orderId: number | null;
            digest: string;
            reason: string;
            proposer: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            createdAt: number;
            decidedBy: string | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            decidedAt: number | null;
            settlement: components["schemas"]["Settlement"] | null;
        };
        /** @description One page of a list. */
        ProposalPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["Proposal"][];
        };
        /** @description A result that may still be disputed. */
        ProposedResult: {
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
            evidenceHash: string;
        };
        /** @description Somebody's part of a pool. */
        Provided: {
            /** Format: int64 */
            marketId: number;
            question: string;
            /** @enum {string} */
            status: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
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
            /** @description With its EIP-55 checksum. */
            collateral: string;
            /**
             * @description `confirmed`: a reorganisation may still take it back.
             * @enum {string|null}
             */
            finality: "pending" | "confirmed" | "final" | null;
        };
        /** @description One page of a list. */
        ProvidedPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["Provided"][];
        };
        Provision: {
            /** @description In the token's smallest unit. */
            lp: string;
            /** @description By outcome. */
            shares: string[];
        };
        ProvisionBack: {
            /** @description In the token's smallest unit. */
            lp: string;
            /** @description By outcome. */
            shares: string[];
            /** @description In the token's smallest unit. */
            fees: string;
        };
        /** @description A trade as everybody sees it. */
        PublicTrade: {
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
        };
        /** @description One page of a list. */
        PublicTradePage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["PublicTrade"][];
        };
        /** @description What a bet would be placed at now. Nothing is reserved. */
        Quote: {
            /** @description In hundredths: 185 is 1.85. */
            odds: number;
            /**
             * Format: int64
             * @description The number of a market's change: 1, 2, 3 …, 0 before the first.
             */
            oddsSeq: number;
            /** @description In the token's smallest unit. */
            maxStake: string;
            /** @description In the token's smallest unit. */
            maxPayout: string;
            /**
             * Format: int64
             * @description Ask again by then.
             */
            expiresAt: number;
        };
        /** @description What a trade comes to. */
        QuoteBase: {
            /** @enum {string} */
            side: "buy" | "sell";
            /** @description From 1, as a market's options. */
            outcome: number;
            /** @description What a buy pays with the fee in it, a sale brings without. */
            amount: string;
            /** @description A share pays 1 if its outcome comes true. */
            shares: string;
            /** @description In the token's smallest unit. */
            fee: string;
            /** @description In 10^18ths. */
            averagePrice: string;
            /** @description In 10^18ths. */
            priceBefore: string;
            /** @description In 10^18ths. */
            priceAfter: string;
            /** @description In 10^18ths. */
            priceImpact: string;
            /** @description Afterwards, by outcome. */
            prices: string[];
        };
        QuoteBody: {
            /** Format: int64 */
            marketId: number;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            option: number;
        };
        QuoteTradeBody: {
            /** Format: int64 */
            marketId: number;
            outcome: number;
            /** @description In the token's smallest unit. */
            amount?: string;
            /** @default 50 */
            slippageBps?: number;
            /** @description In the token's smallest unit. */
            shares?: string;
            /** @enum {string} */
            side: "buy" | "sell";
        };
        Ready: {
            /** @enum {string} */
            status: "ready";
            /** @description What is away, and can be done without. */
            degraded: string[];
        };
        /** @description A comparison of the chain with the database, at one block. */
        Reconciliation: {
            /** Format: int64 */
            block: number | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            endedAt: number;
            /** @description False: something kept it from comparing all. */
            completed: boolean;
            /**
             * Format: int64
             * @description Differences that are open by now.
             */
            findings: number;
        };
        Released: {
            /** Format: int64 */
            id: number;
            /** @description Whether feeds are kept from pricing it. */
            pinned: boolean;
        };
        /** @description A removal of liquidity to be signed. */
        RemoveCall: {
            /** Format: int64 */
            chainId: number;
            /** @description With its EIP-55 checksum. */
            to: string;
            data: string;
            /** @description In the token's smallest unit. */
            value: string;
            /** Format: int64 */
            gas: number;
            /** Format: int64 */
            marketId: number;
            function: string;
            /** @description Null: nothing is to be allowed first. */
            approval: components["schemas"]["Approval"] | null;
            /**
             * Format: int64
             * @description The block in which it would go through.
             */
            blockNumber: number;
            /** @description By outcome. */
            minShares: string[];
            quote: components["schemas"]["ProvisionBack"];
        };
        RemoveLiquidityBody: {
            /** Format: int64 */
            marketId: number;
            /** @default 50 */
            slippageBps?: number;
            minShares?: string[];
            /** @description In the token's smallest unit. */
            lp: string;
        };
        /** @description Another result, or `void` in its place. */
        ResettleBody: {
            preview?: string;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            winning_option?: number;
            /** Format: int64 */
            home_score?: number;
            /** Format: int64 */
            away_score?: number;
            /** @default false */
            void?: boolean;
            reason: string;
        };
        SellBody: {
            /** Format: int64 */
            marketId: number;
            outcome: number;
            /** @description In the token's smallest unit. */
            amount?: string;
            /** @default 50 */
            slippageBps?: number;
            /** @description In the token's smallest unit. */
            shares?: string;
            /** @description In the token's smallest unit. */
            maxShares?: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            deadline?: number;
        };
        /** @description A session's data; a guest's has no user. */
        Session: {
            /** Format: uuid */
            sessionId: string;
            /** @enum {string} */
            role: "user" | "trader" | "settler" | "auditor" | "admin" | "guest";
            user: components["schemas"]["User"] | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            expiresAt: number;
        };
        /** @description A market's result. */
        SettleBody: {
            preview?: string;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            winning_option?: number;
            /** Format: int64 */
            home_score?: number;
            /** Format: int64 */
            away_score?: number;
            /** @default  */
            reason?: string;
            /** @default false */
            dry_run?: boolean;
        };
        /** @description What a decision did, or with `dryRun` would do. */
        Settlement: {
            /** Format: int64 */
            marketId: number;
            /** @enum {string} */
            status: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
            /** @enum {string} */
            decision: "settle" | "resettle" | "rollback" | "void" | "void_orders";
            void: boolean;
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            winningOption: number | null;
            /** Format: int64 */
            homeScore: number | null;
            /** Format: int64 */
            awayScore: number | null;
            /**
             * Format: int64
             * @description Counts a market's decisions; 0 before the first.
             */
            settlementVersion: number;
            /** Format: int64 */
            orders: number;
            /** @description In the token's smallest unit. */
            staked: string;
            /** @description In the token's smallest unit. */
            paidOut: string;
            /** @description In the token's smallest unit. */
            houseProfit: string;
            /** @description False: it was so before. */
            changed: boolean;
            dryRun: boolean;
            /** @description Of a dry run: send it as `preview`. */
            digest?: string;
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
        SignedIn: {
            /** @description Goes into `Authorization: Bearer …`. */
            token: string;
            /**
             * Format: int64
             * @description Seconds that it lives.
             */
            expiresIn: number;
            user: components["schemas"]["User"];
        };
        /** @description The state of a market after the change `seq`. */
        Snapshot: {
            /** @enum {string} */
            type: "snapshot";
            /** Format: int64 */
            marketId: number;
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
            /** @description Names the history that all seqs belong to: when it changes, forget what you have. */
            epoch: string;
            payload: components["schemas"]["Payload"];
            /**
             * @description Where this answer came from.
             * @enum {string}
             */
            source: "cache" | "db";
        };
        SocketHealth: {
            /** @enum {string} */
            status: "ok" | "degraded";
            degraded: boolean;
            process: components["schemas"]["SocketNumbers"];
            total: components["schemas"]["AllNumbers"];
        };
        /** @description What one process's sockets do. */
        SocketNumbers: {
            /** Format: int64 */
            connections: number;
            /**
             * Format: int64
             * @description Markets that somebody follows.
             */
            topics: number;
            /**
             * Format: int64
             * @description Messages handed to clients.
             */
            sent: number;
            /**
             * Format: int64
             * @description Gaps filled from the database.
             */
            healed: number;
            /**
             * Format: int64
             * @description Clients closed with 4408.
             */
            slowCloses: number;
        };
        /** @description Good for one handshake. */
        SocketToken: {
            /** @description Goes into `Authorization: Bearer …`. */
            token: string;
            /**
             * Format: int64
             * @description Seconds that it lives.
             */
            expiresIn: number;
        };
        /** @description What the vault held at a final block and what was owed then; nulls before the first. */
        Solvency: {
            /** Format: int64 */
            chainId: number;
            /** @description With its EIP-55 checksum. */
            contract: string;
            /** Format: int64 */
            block: number | null;
            blockHash: string | null;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            at: number | null;
            /** @description In the token's smallest unit. */
            held: string | null;
            /** @description In the token's smallest unit. */
            owed: string | null;
            /** @description In the token's smallest unit. */
            balances: string | null;
            /** @description Settled, and not claimed. */
            claims: string | null;
            /** @description Out, and not redeemed. */
            vouchers: string | null;
            /** @description held / owed, rounded down. */
            ratio: string | null;
            solvent: boolean | null;
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
        SpreadBody: {
            /** @description The handicap or the total, in quarters of a point. */
            line: number;
            /** @description At most two decimals. */
            home: number;
            /** @description At most two decimals. */
            away: number;
        };
        Stats: {
            /** @description With its EIP-55 checksum. */
            address: string;
            collaterals: components["schemas"]["CollateralSums"][];
        };
        /** @description A transaction to be relayed, or the hash of one that the wallet has sent itself. */
        SubmitBody: {
            rawTx?: string;
            txHash?: string;
        };
        /** @description What stakes are in. */
        Token: {
            symbol: string;
            /** Format: int64 */
            decimals: number;
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
        TotalBody: {
            /** @description The handicap or the total, in quarters of a point. */
            line: number;
            /** @description At most two decimals. */
            over: number;
            /** @description At most two decimals. */
            under: number;
        };
        /** @description A trade as its trader sees it. */
        Trade: {
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
            /** @description What the shares had cost. */
            cost: string;
            /** @description Below 0: lost. */
            realized: string;
        };
        /** @description A trade to be signed. */
        TradeCall: {
            /** Format: int64 */
            chainId: number;
            /** @description With its EIP-55 checksum. */
            to: string;
            data: string;
            /** @description In the token's smallest unit. */
            value: string;
            /** Format: int64 */
            gas: number;
            /** Format: int64 */
            marketId: number;
            function: string;
            /** @description Null: nothing is to be allowed first. */
            approval: components["schemas"]["Approval"] | null;
            /**
             * Format: int64
             * @description The block in which it would go through.
             */
            blockNumber: number;
            /** @description The bound of a buy. */
            minShares?: string;
            /** @description The bound of a sale. */
            maxShares?: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            deadline: number;
            quote: components["schemas"]["QuoteBase"];
        };
        /** @description One page of a list. */
        TradePage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["Trade"][];
        };
        TradeQuote: {
            /** @enum {string} */
            side: "buy" | "sell";
            /** @description From 1, as a market's options. */
            outcome: number;
            /** @description What a buy pays with the fee in it, a sale brings without. */
            amount: string;
            /** @description A share pays 1 if its outcome comes true. */
            shares: string;
            /** @description In the token's smallest unit. */
            fee: string;
            /** @description In 10^18ths. */
            averagePrice: string;
            /** @description In 10^18ths. */
            priceBefore: string;
            /** @description In 10^18ths. */
            priceAfter: string;
            /** @description In 10^18ths. */
            priceImpact: string;
            /** @description Afterwards, by outcome. */
            prices: string[];
            /** Format: int64 */
            marketId: number;
            /**
             * Format: int64
             * @description In hundredths of a percent.
             */
            slippageBps: number;
            /** @description The bound of a buy. */
            minShares: string | null;
            /** @description The bound of a sale. */
            maxShares: string | null;
            /**
             * Format: int64
             * @description Up to which block the pool is known.
             */
            blockNumber: number | null;
        };
        /** @description A transaction that was handed in, and what became of it. */
        Transaction: {
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
        };
        /** @description One page of a list. */
        TransactionPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["Transaction"][];
        };
        /** @description A transaction without nonce, price and signature: the wallet adds those. */
        UnsignedCall: {
            /** Format: int64 */
            chainId: number;
            /** @description With its EIP-55 checksum. */
            to: string;
            data: string;
            /** @description In the token's smallest unit. */
            value: string;
            /** Format: int64 */
            gas: number;
        };
        /** @description Only what is sent changes. */
        UpdateMarketBody: {
            /** @enum {string} */
            status?: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled";
            description?: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            start_time?: number;
            /** @default  */
            reason?: string;
        };
        /** @description The changes after a seq, in order. */
        Updates: {
            /** Format: int64 */
            marketId: number;
            /**
             * Format: int64
             * @description The first one given; `since_seq` where there is none.
             */
            fromSeq: number;
            /**
             * Format: int64
             * @description The last one given; `since_seq` where there is none.
             */
            toSeq: number;
            updates: components["schemas"]["OddsUpdate"][];
            /** @description There are more: ask again from `toSeq`. */
            hasMore: boolean;
            /** @description Names the history that all seqs belong to: when it changes, forget what you have. */
            epoch: string;
            /**
             * Format: int64
             * @description The market's last.
             */
            headSeq: number;
            /**
             * Format: int64
             * @description The first that can still be given.
             */
            oldestSeq: number;
        };
        /** @description Somebody who has signed in. An operator may have no address. */
        User: {
            /** Format: int64 */
            id: number;
            /** @description With its EIP-55 checksum. */
            address: string | null;
            /** @enum {string} */
            role: "user" | "trader" | "settler" | "auditor" | "admin";
        };
        /** @description What a wallet needs to deposit and to redeem. Nulls: not seen on the chain yet. */
        Vault: {
            /** Format: int64 */
            chainId: number;
            /** @description With its EIP-55 checksum. */
            contract: string;
            /** @description With its EIP-55 checksum. */
            token: string | null;
            symbol: string;
            /** Format: int64 */
            decimals: number;
            depositsPaused: boolean | null;
            payoutsPaused: boolean | null;
            /** @description What the vault still pays out in this period. */
            payoutLeft: string | null;
            /** @description In this order. */
            deposit: components["schemas"]["Call"][];
            redeem: components["schemas"]["Call"];
            domain: components["schemas"]["Domain"];
            /** @description In the token's smallest unit. */
            minWithdrawal: string;
            /** @description Of one user in 24 hours; null: any. */
            dailyWithdrawal: string | null;
            /** @description Above this, with what went out within 24 hours unseen, two operators release it; null: never. */
            releasedAbove: string | null;
            /**
             * Format: int64
             * @description How long a voucher can be redeemed.
             */
            voucherSeconds: number;
        };
        /** @description One worked case. */
        Vector: {
            /** @description 1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a pool, its outcomes from 1. */
            option: number;
            /** @description In quarter points. */
            lineQuarters: number | null;
            threeWay: boolean;
            /** Format: int64 */
            homeScore: number | null;
            /** Format: int64 */
            awayScore: number | null;
            /** @description In the token's smallest unit. */
            amount: string;
            /** @description In hundredths: 185 is 1.85. */
            odds: number;
            /** @enum {string} */
            result: "WIN" | "HALF_WIN" | "PUSH" | "HALF_LOSE" | "LOSE" | "VOID";
            /** @description In the token's smallest unit. */
            payout: string;
        };
        /** @description Worked cases of settlement. */
        Vectors: {
            about: string;
            version: number;
            vectors: components["schemas"]["Vector"][];
        };
        VerifyBody: {
            /** @description In one case, or with its EIP-55 checksum. */
            address: string;
            message: string;
            signature: string;
        };
        /** @description The void of a market, or of the orders placed after a moment. */
        VoidBody: {
            preview?: string;
            reason: string;
            /**
             * Format: int64
             * @description Milliseconds since 1970, UTC.
             */
            placed_after?: number;
        };
        /** @description A withdrawal as it is asked for; without `to`, for the caller's own wallet. */
        WithdrawBody: {
            /** @description In the token's smallest unit. */
            amount: string;
            /** @description In one case, or with its EIP-55 checksum. */
            to?: string | null;
        };
        WithdrawProposalBody: {
            /** @default  */
            reason?: string;
        };
        /** @description A withdrawal, with its voucher once it is out. */
        Withdrawal: {
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
        };
        /** @description One page of a list. */
        WithdrawalPage: {
            page: number;
            pageSize: number;
            /**
             * Format: int64
             * @description How many there are on all pages.
             */
            total: number;
            items: components["schemas"]["Withdrawal"][];
        };
    };
    responses: {
        /** @description Malformed: `details.fields` says what is wrong with each member. */
        BadRequest: {
            headers: {
                "X-Request-ID": components["headers"]["XRequestID"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"] & {
                    /** @constant */
                    code?: "BAD_REQUEST";
                    /** @enum {string} */
                    reason?: "INVALID";
                };
            };
        };
        /** @description No token where one is needed, or one that signs nobody in. */
        Unauthorized: {
            headers: {
                "X-Request-ID": components["headers"]["XRequestID"];
                "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"] & {
                    /** @constant */
                    code?: "UNAUTHORIZED";
                };
            };
        };
        /** @description Not for this caller. */
        Forbidden: {
            headers: {
                "X-Request-ID": components["headers"]["XRequestID"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"] & {
                    /** @constant */
                    code?: "FORBIDDEN";
                };
            };
        };
        /** @description There is no such thing, or not for this caller. */
        NotFound: {
            headers: {
                "X-Request-ID": components["headers"]["XRequestID"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"] & {
                    /** @constant */
                    code?: "NOT_FOUND";
                };
            };
        };
        /** @description The body is too large. */
        PayloadTooLarge: {
            headers: {
                "X-Request-ID": components["headers"]["XRequestID"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"] & {
                    /** @constant */
                    code?: "PAYLOAD_TOO_LARGE";
                };
            };
        };
        /** @description The body is not `application/json`. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-ID": components["headers"]["XRequestID"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"] & {
                    /** @constant */
                    code?: "UNSUPPORTED_MEDIA_TYPE";
                };
            };
        };
        /** @description Too many requests. */
        RateLimited: {
            headers: {
                "X-Request-ID": components["headers"]["XRequestID"];
                "Retry-After": components["headers"]["RetryAfter"];
                "RateLimit-Limit": components["headers"]["RateLimitLimit"];
                "RateLimit-Remaining": components["headers"]["RateLimitRemaining"];
                "RateLimit-Reset": components["headers"]["RateLimitReset"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"] & {
                    /** @constant */
                    code?: "RATE_LIMITED";
                };
            };
        };
        /** @description A bug of ours. */
        InternalError: {
            headers: {
                "X-Request-ID": components["headers"]["XRequestID"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"] & {
                    /** @constant */
                    code?: "INTERNAL_ERROR";
                };
            };
        };
        /** @description A part of the service is away; nothing was changed. */
        ServiceUnavailable: {
            headers: {
                "X-Request-ID": components["headers"]["XRequestID"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"] & {
                    /** @constant */
                    code?: "SERVICE_UNAVAILABLE";
                    /** @enum {string} */
                    reason?: "UNAVAILABLE";
                };
            };
        };
    };
    parameters: {
        /** @description The same key with the same body gets the same answer, and the work is done once; with another body it is a 409. Kept for a day at least. Refusals are not remembered. */
        IdempotencyKey: string;
        /** @description The `ETag` of what the client has: a 304 if it is still so. */
        IfNoneMatch: string;
    };
    requestBodies: never;
    headers: {
        /** @description The id of this request, in our log too. */
        XRequestID: string;
        /** @description Names this state. */
        ETag: string;
        /** @description `true` where this is the answer to an earlier request with the same key. */
        IdempotencyReplayed: "true";
        /** @description Seconds to wait before the next try. */
        RetryAfter: string;
        /** @description Requests at once. */
        RateLimitLimit: string;
        /** @description How many are left. */
        RateLimitRemaining: string;
        /** @description Seconds until there is one again. */
        RateLimitReset: string;
        /** @description What to authenticate with. */
        WWWAuthenticate: "Bearer";
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    healthz: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Healthy"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["InternalError"];
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["InternalError"];
            /** @description A part of the service is away; nothing was changed. */
            503: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "SERVICE_UNAVAILABLE";
                        /** @enum {string} */
                        reason?: "NOT_READY";
                    };
                };
            };
        };
    };
    config: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Config"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    schema: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                    "application/yaml": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    socketsSchema: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                    "application/yaml": {
                        [key: string]: unknown;
                    };
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    docs: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    nonce: {
        parameters: {
            query: {
                /** @description In one case, or with its EIP-55 checksum. */
                address: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Nonce"];
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    verifySignature: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "MALFORMED_MESSAGE" | "MALFORMED_SIGNATURE" | "INVALID";
                    };
                };
            };
            /** @description No token where one is needed, or one that signs nobody in. */
            401: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "UNAUTHORIZED";
                        /** @enum {string} */
                        reason?: "BAD_SIGNATURE" | "MESSAGE_REFUSED" | "NONCE_USED";
                    };
                };
            };
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "ACCOUNT_DISABLED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    logoutAll: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    guestSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Guest"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    socketToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SocketToken"];
                };
            };
            /** @description No token where one is needed, or one that signs nobody in. */
            401: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "UNAUTHORIZED";
                        /** @enum {string} */
                        reason?: "UNAUTHENTICATED";
                    };
                };
            };
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    makeSocketToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SocketToken"];
                };
            };
            /** @description No token where one is needed, or one that signs nobody in. */
            401: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "UNAUTHORIZED";
                        /** @enum {string} */
                        reason?: "UNAUTHENTICATED";
                    };
                };
            };
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listMarkets: {
        parameters: {
            query?: {
                status?: "draft" | "active" | "suspended" | "closed" | "settled" | "cancelled" | "";
                kind?: "book" | "pool" | "";
                league?: string;
                q?: string;
                /** @description Milliseconds since 1970, UTC. */
                startsAfter?: number;
                /** @description Milliseconds since 1970, UTC. */
                startsBefore?: number;
                ordering?: "start_time" | "-start_time" | "id" | "-id";
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarketRowPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    activeMarkets: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActiveMarkets"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    market: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarketPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    snapshot: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    oddsUpdates: {
        parameters: {
            query?: {
                since_seq?: number;
                limit?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Updates"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    odds: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarketOdds"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createMarket: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same body gets the same answer, and the work is done once; with another body it is a 409. Kept for a day at least. Refusals are not remembered. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateMarketBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Created"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "START_IS_PAST" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "IDEMPOTENCY_MISMATCH" | "NEGATIVE_MARGIN";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    updateMarket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateMarketBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Market"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "START_IS_PAST" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "CHAIN_DECIDES" | "ILLEGAL_TRANSITION" | "NOT_PRICED" | "START_HAS_PASSED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    releaseOdds: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Released"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "CHAIN_DECIDES";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    overrideOdds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OverrideBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OddsUpdate"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "CHAIN_DECIDES" | "FAR_MOVE" | "MARKET_NOT_OPEN" | "NEGATIVE_MARGIN" | "WAYS_ARE_FIXED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    bulkOdds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bulk"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listOrders: {
        parameters: {
            query?: {
                /** @description In one case, or with its EIP-55 checksum. */
                userAddress?: string;
                marketId?: number;
                status?: "pending" | "confirmed" | "";
                claimable?: boolean;
                clientRef?: string;
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    placeOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same body gets the same answer, and the work is done once; with another body it is a 409. Kept for a day at least. Refusals are not remembered. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceOrderBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "DAILY_LIMIT_REACHED" | "IDEMPOTENCY_MISMATCH" | "INSUFFICIENT_BALANCE" | "LIABILITY_REACHED" | "MARKET_NOT_OPEN" | "MARKET_STAKE_REACHED" | "NOT_A_BOOK" | "ODDS_CHANGED" | "OPTION_NOT_PRICED" | "OPTION_SUSPENDED" | "SELF_EXCLUDED" | "STAKE_TOO_LARGE" | "STAKE_TOO_SMALL";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    quoteOrder: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuoteBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Quote"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "MARKET_NOT_OPEN" | "NOT_A_BOOK" | "OPTION_NOT_PRICED" | "OPTION_SUSPENDED" | "SELF_EXCLUDED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    claimAll: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same body gets the same answer, and the work is done once; with another body it is a 409. Kept for a day at least. Refusals are not remembered. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Claims"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "BALANCE_TOO_LARGE" | "IDEMPOTENCY_MISMATCH";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    order: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The order. */
                order_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_ORDER";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    claimOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same body gets the same answer, and the work is done once; with another body it is a 409. Kept for a day at least. Refusals are not remembered. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The order. */
                order_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Claim"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_ORDER";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "ALREADY_CLAIMED" | "BALANCE_TOO_LARGE" | "IDEMPOTENCY_MISMATCH" | "NOTHING_TO_CLAIM" | "NOT_SETTLED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    explainOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The order. */
                order_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_ORDER";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "NOT_SETTLED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    balance: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnBalance"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    ledger: {
        parameters: {
            query?: {
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    ownLimits: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnLimits"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    setOwnLimits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonalLimitsBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnLimits"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    faucet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Balance"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_FAUCET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "BALANCE_TOO_LARGE" | "FAUCET_IS_DRY";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    settlementVectors: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Vectors"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    settleMarket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettleBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposal"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "CONTRADICTORY_RESULT" | "NO_SUCH_OPTION" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "ALREADY_SETTLED" | "CHAIN_DECIDES" | "ILLEGAL_TRANSITION" | "PREVIEW_CHANGED" | "SCORES_REQUIRED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    previewDecision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "CONTRADICTORY_RESULT" | "NO_SUCH_OPTION" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET" | "NO_SUCH_ORDER";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "ALREADY_SETTLED" | "CHAIN_DECIDES" | "ILLEGAL_TRANSITION" | "MARKET_NOT_SETTLED" | "ORDER_ALREADY_GRADED" | "PAYOUTS_CLAIMED" | "SCORES_REQUIRED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    voidMarket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VoidBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"] | components["schemas"]["NothingToDo"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposal"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "CHAIN_DECIDES" | "ILLEGAL_TRANSITION" | "PREVIEW_CHANGED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    rollBackMarket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectionBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposal"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "CHAIN_DECIDES" | "ILLEGAL_TRANSITION" | "MARKET_NOT_SETTLED" | "PAYOUTS_CLAIMED" | "PREVIEW_CHANGED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    resettleMarket: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResettleBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposal"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "CONTRADICTORY_RESULT" | "NO_SUCH_OPTION" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "BALANCE_TOO_LARGE" | "CHAIN_DECIDES" | "ILLEGAL_TRANSITION" | "MARKET_NOT_SETTLED" | "PREVIEW_CHANGED" | "SCORES_REQUIRED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    setMarketLimits: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MarketLimitsBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarketLimits"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "OPTION_NOT_OFFERED" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "CHAIN_DECIDES" | "LIMITS_CONTRADICT";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    voidOrder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The order. */
                order_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorrectionBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settlement"] | components["schemas"]["NothingToDo"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposal"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_MARKET" | "NO_SUCH_ORDER";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "CHAIN_DECIDES" | "ILLEGAL_TRANSITION" | "ORDER_ALREADY_GRADED" | "PREVIEW_CHANGED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listProposals: {
        parameters: {
            query?: {
                state?: "open" | "approved" | "withdrawn" | "stale" | "";
                marketId?: number;
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProposalPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    approveProposal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The proposal. */
                proposal_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposal"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "OWN_PROPOSAL";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_PROPOSAL";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "PROPOSAL_OVER" | "PROPOSAL_STALE";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    withdrawProposal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The proposal. */
                proposal_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WithdrawProposalBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Proposal"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_PROPOSAL";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "PROPOSAL_OVER";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    creditUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same body gets the same answer, and the work is done once; with another body it is a 409. Kept for a day at least. Refusals are not remembered. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The user's address. */
                address: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoneyBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Balance"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_USER";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "BALANCE_TOO_LARGE" | "IDEMPOTENCY_MISMATCH";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    debitUser: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same body gets the same answer, and the work is done once; with another body it is a 409. Kept for a day at least. Refusals are not remembered. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The user's address. */
                address: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoneyBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Balance"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_USER";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "IDEMPOTENCY_MISMATCH" | "INSUFFICIENT_BALANCE";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    chainStatus: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChainStatus"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listPositions: {
        parameters: {
            query?: {
                open?: boolean | null;
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PositionPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    position: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Position"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "NOT_A_POOL";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listTrades: {
        parameters: {
            query?: {
                marketId?: number;
                side?: "buy" | "sell" | "";
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TradePage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "NOT_A_POOL";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listLiquidity: {
        parameters: {
            query?: {
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProvidedPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listLiquidityChanges: {
        parameters: {
            query?: {
                marketId?: number;
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LiquidityChangePage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "NOT_A_POOL";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listClaims: {
        parameters: {
            query?: {
                marketId?: number;
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimedSharesPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "NOT_A_POOL";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    stats: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The user's address. */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NOT_YOUR_STATS";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    pool: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pool"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "NOT_A_POOL";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listMarketTrades: {
        parameters: {
            query?: {
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicTradePage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "NOT_A_POOL";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    candles: {
        parameters: {
            query?: {
                interval?: "1m" | "5m" | "1h" | "1d";
                outcome?: number;
                /** @description Milliseconds since 1970, UTC. */
                since?: number;
                /** @description Milliseconds since 1970, UTC. */
                until?: number;
                limit?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The market. */
                market_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Candles"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "NO_SUCH_OUTCOME" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "NOT_A_POOL";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    quoteTrade: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuoteTradeBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TradeQuote"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "NO_SUCH_OUTCOME" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "AMOUNT_TOO_LARGE" | "AMOUNT_TOO_SMALL" | "CALL_REFUSED" | "COLLATERAL_REFUSED" | "CONTRACT_PAUSED" | "DEADLINE_PASSED" | "INSUFFICIENT_LP" | "INSUFFICIENT_SHARES" | "NOTHING_TO_PAY" | "NOT_A_POOL" | "NOT_ENOUGH_LIQUIDITY" | "NO_RESULT_YET" | "POOL_CLOSED" | "SLIPPAGE_EXCEEDED" | "TRADING_PAUSED";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /** @description A part of the service is away; nothing was changed. */
            503: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "SERVICE_UNAVAILABLE";
                        /** @enum {string} */
                        reason?: "CHAIN_AWAY" | "UNAVAILABLE";
                    };
                };
            };
        };
    };
    buyShares: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BuyBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TradeCall"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "NO_SUCH_OUTCOME" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "AMOUNT_TOO_LARGE" | "AMOUNT_TOO_SMALL" | "CALL_REFUSED" | "COLLATERAL_REFUSED" | "CONTRACT_PAUSED" | "DEADLINE_PASSED" | "INSUFFICIENT_COLLATERAL" | "INSUFFICIENT_LP" | "INSUFFICIENT_SHARES" | "NOTHING_TO_PAY" | "NOT_A_POOL" | "NOT_ENOUGH_LIQUIDITY" | "NO_RESULT_YET" | "POOL_CLOSED" | "SLIPPAGE_EXCEEDED" | "TRADING_PAUSED" | "UNKNOWN_CALL";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /** @description A part of the service is away; nothing was changed. */
            503: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "SERVICE_UNAVAILABLE";
                        /** @enum {string} */
                        reason?: "CHAIN_AWAY" | "UNAVAILABLE";
                    };
                };
            };
        };
    };
    sellShares: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SellBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TradeCall"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "NO_SUCH_OUTCOME" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "AMOUNT_TOO_LARGE" | "AMOUNT_TOO_SMALL" | "CALL_REFUSED" | "COLLATERAL_REFUSED" | "CONTRACT_PAUSED" | "DEADLINE_PASSED" | "INSUFFICIENT_LP" | "INSUFFICIENT_SHARES" | "NOTHING_TO_PAY" | "NOT_A_POOL" | "NOT_ENOUGH_LIQUIDITY" | "NO_RESULT_YET" | "POOL_CLOSED" | "SLIPPAGE_EXCEEDED" | "TRADING_PAUSED" | "UNKNOWN_CALL";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /** @description A part of the service is away; nothing was changed. */
            503: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "SERVICE_UNAVAILABLE";
                        /** @enum {string} */
                        reason?: "CHAIN_AWAY" | "UNAVAILABLE";
                    };
                };
            };
        };
    };
    claimShares: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClaimBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimCall"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "AMOUNT_TOO_LARGE" | "AMOUNT_TOO_SMALL" | "CALL_REFUSED" | "COLLATERAL_REFUSED" | "CONTRACT_PAUSED" | "DEADLINE_PASSED" | "INSUFFICIENT_LP" | "INSUFFICIENT_SHARES" | "NOTHING_TO_PAY" | "NOT_A_POOL" | "NOT_ENOUGH_LIQUIDITY" | "NO_RESULT_YET" | "POOL_CLOSED" | "SLIPPAGE_EXCEEDED" | "TRADING_PAUSED" | "UNKNOWN_CALL";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /** @description A part of the service is away; nothing was changed. */
            503: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "SERVICE_UNAVAILABLE";
                        /** @enum {string} */
                        reason?: "CHAIN_AWAY" | "UNAVAILABLE";
                    };
                };
            };
        };
    };
    submitTransaction: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transaction"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transaction"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "MALFORMED_TRANSACTION" | "WRONG_CHAIN" | "WRONG_CONTRACT" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NOT_THE_SIGNER" | "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "AMOUNT_TOO_LARGE" | "AMOUNT_TOO_SMALL" | "CALL_REFUSED" | "CANNOT_PAY_GAS" | "COLLATERAL_REFUSED" | "CONTRACT_PAUSED" | "DEADLINE_PASSED" | "INSUFFICIENT_LP" | "INSUFFICIENT_SHARES" | "NONCE_SPENT" | "NOTHING_TO_PAY" | "NOT_ENOUGH_LIQUIDITY" | "NO_RESULT_YET" | "POOL_CLOSED" | "RELAY_REFUSED" | "SLIPPAGE_EXCEEDED" | "TOO_MANY_PENDING" | "UNDERPRICED" | "UNKNOWN_CALL";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /** @description A part of the service is away; nothing was changed. */
            503: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "SERVICE_UNAVAILABLE";
                        /** @enum {string} */
                        reason?: "CHAIN_AWAY" | "UNAVAILABLE";
                    };
                };
            };
        };
    };
    addLiquidity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddLiquidityBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddCall"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "WRONG_LENGTH" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "AMOUNT_TOO_LARGE" | "AMOUNT_TOO_SMALL" | "CALL_REFUSED" | "COLLATERAL_REFUSED" | "CONTRACT_PAUSED" | "DEADLINE_PASSED" | "INSUFFICIENT_COLLATERAL" | "INSUFFICIENT_LP" | "INSUFFICIENT_SHARES" | "NOTHING_TO_PAY" | "NOT_A_POOL" | "NOT_ENOUGH_LIQUIDITY" | "NO_RESULT_YET" | "POOL_CLOSED" | "SLIPPAGE_EXCEEDED" | "TRADING_PAUSED" | "UNKNOWN_CALL";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /** @description A part of the service is away; nothing was changed. */
            503: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "SERVICE_UNAVAILABLE";
                        /** @enum {string} */
                        reason?: "CHAIN_AWAY" | "UNAVAILABLE";
                    };
                };
            };
        };
    };
    removeLiquidity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RemoveLiquidityBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemoveCall"];
                };
            };
            /** @description Malformed: `details.fields` says what is wrong with each member. */
            400: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "BAD_REQUEST";
                        /** @enum {string} */
                        reason?: "WRONG_LENGTH" | "INVALID";
                    };
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description Not for this caller. */
            403: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "FORBIDDEN";
                        /** @enum {string} */
                        reason?: "NO_WALLET";
                    };
                };
            };
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_MARKET";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "AMOUNT_TOO_LARGE" | "AMOUNT_TOO_SMALL" | "CALL_REFUSED" | "COLLATERAL_REFUSED" | "CONTRACT_PAUSED" | "DEADLINE_PASSED" | "INSUFFICIENT_LP" | "INSUFFICIENT_SHARES" | "NOTHING_TO_PAY" | "NOT_A_POOL" | "NOT_ENOUGH_LIQUIDITY" | "NO_RESULT_YET" | "POOL_CLOSED" | "SLIPPAGE_EXCEEDED" | "TRADING_PAUSED" | "UNKNOWN_CALL";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /** @description A part of the service is away; nothing was changed. */
            503: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "SERVICE_UNAVAILABLE";
                        /** @enum {string} */
                        reason?: "CHAIN_AWAY" | "UNAVAILABLE";
                    };
                };
            };
        };
    };
    listTransactions: {
        parameters: {
            query?: {
                state?: "pending" | "confirmed" | "failed" | "dropped" | "";
                marketId?: number;
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TransactionPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    transaction: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The transaction's hash. */
                tx_hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transaction"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "CHAIN_NOT_CONFIGURED" | "NO_SUCH_TRANSACTION";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    vault: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Vault"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "VAULT_NOT_CONFIGURED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listDeposits: {
        parameters: {
            query?: {
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DepositPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "VAULT_NOT_CONFIGURED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listWithdrawals: {
        parameters: {
            query?: {
                state?: "held" | "issued" | "redeemed" | "expired" | "refused";
                page?: number;
                pageSize?: number;
            };
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawalPage"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "VAULT_NOT_CONFIGURED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    withdraw: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key with the same body gets the same answer, and the work is done once; with another body it is a 409. Kept for a day at least. Refusals are not remembered. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WithdrawBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Withdrawal"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "VAULT_NOT_CONFIGURED";
                    };
                };
            };
            /** @description The state of things forbids it. */
            409: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "CONFLICT";
                        /** @enum {string} */
                        reason: "BAD_RECIPIENT" | "IDEMPOTENCY_MISMATCH" | "INSUFFICIENT_BALANCE" | "RECIPIENT_NEEDED" | "WITHDRAWAL_LIMIT_REACHED" | "WITHDRAWAL_TOO_SMALL";
                    };
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /** @description A part of the service is away; nothing was changed. */
            503: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "SERVICE_UNAVAILABLE";
                        /** @enum {string} */
                        reason?: "VAULT_UNAVAILABLE" | "UNAVAILABLE";
                    };
                };
            };
        };
    };
    withdrawal: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The withdrawal. */
                withdrawal_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Withdrawal"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "NO_SUCH_WITHDRAWAL" | "VAULT_NOT_CONFIGURED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    solvency: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Solvency"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            /** @description There is no such thing, or not for this caller. */
            404: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"] & {
                        /** @constant */
                        code?: "NOT_FOUND";
                        /** @enum {string} */
                        reason?: "VAULT_NOT_CONFIGURED";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    socketsHealth: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has: a 304 if it is still so. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-Request-ID": components["headers"]["XRequestID"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SocketHealth"];
                };
            };
            /** @description It is still what the tag names. */
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
