<<<<<<< HEAD
export const id = 144;
export const ids = [144];
export const modules = {

/***/ 5144:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   finishCutOff: () => (/* binding */ finishCutOff),
/* harmony export */   heldLocks: () => (/* binding */ heldLocks)
/* harmony export */ });
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8175);
/* harmony import */ var _flow_repair_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3228);
/* harmony import */ var _outcome_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(6700);
/* harmony import */ var _report_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1156);
/* harmony import */ var _run_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8193);
/* harmony import */ var _state_lock_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5759);






/** Locks the main step still held when it ended; none when it ended well. */
function heldLocks(actions) {
    const text = actions.state('locks');
    return text ? JSON.parse(text) : [];
}
/** Finishes what a cancel or a kill cut off: our own lock is taken over by its id, and each host put in order. */
async function finishCutOff(actions, inputs, held) {
    const run = await (0,_run_js__WEBPACK_IMPORTED_MODULE_3__/* .openRun */ .Iy)(actions, inputs);
    try {
        for (const host of run.hosts) {
            const lock = await (0,_state_lock_js__WEBPACK_IMPORTED_MODULE_4__/* .readLock */ .mF)(host.engine, host.app);
            if (!lock)
                continue;
            if (!held.some(({ id }) => id === lock.id)) {
                throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .SeatrialError */ .CP('LOCK_HELD', `${host.label}: ${lock.holder} has taken over; its run puts things in order.`);
            }
            await (0,_state_lock_js__WEBPACK_IMPORTED_MODULE_4__/* .removeLock */ .oW)(host.engine, lock.id);
        }
        await (0,_run_js__WEBPACK_IMPORTED_MODULE_3__/* .lockAll */ .jt)(run);
        for (const host of run.hosts) {
            await host.refresh();
            await host.load();
            await (0,_flow_repair_js__WEBPACK_IMPORTED_MODULE_1__/* .repair */ .I)(run, host);
        }
        actions.info(await (0,_report_js__WEBPACK_IMPORTED_MODULE_2__/* .report */ .z8)(run, (0,_outcome_js__WEBPACK_IMPORTED_MODULE_5__/* .newOutcome */ .f)(), undefined));
    }
    finally {
        await (0,_run_js__WEBPACK_IMPORTED_MODULE_3__/* .closeRun */ .Ql)(run);
    }
}


/***/ })

};
=======
export const id=144;export const ids=[144];export const modules={5144:(t,a,o)=>{o.d(a,{finishCutOff:()=>d,heldLocks:()=>c});var n=o(8175);var i=o(3228);var s=o(6700);var e=o(1156);var r=o(7148);var f=o(9210);function c(t){const a=t.state("locks");return a?JSON.parse(a):[]}async function d(t,a,o){const c=await(0,r.Iy)(t,a);try{for(const t of c.hosts){const a=await(0,f.mF)(t.engine,t.app);if(!a)continue;if(!o.some(({id:t})=>t===a.id)){throw new n.CP("LOCK_HELD",`${t.label}: ${a.holder} has taken over; its run puts things in order.`)}await(0,f.oW)(t.engine,a.id)}await(0,r.jt)(c);for(const t of c.hosts){await t.refresh();await t.load();await(0,i.I)(c,t)}t.info(await(0,e.z8)(c,(0,s.f)(),undefined))}finally{await(0,r.Ql)(c)}}}};
>>>>>>> main
