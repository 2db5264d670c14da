// Package wrap holds the wrappers that the caller chooses, one a file. The two that every made environment has, the order
// of calls and the time limit, are [env.EnforceOrder] and [env.LimitTime].
package wrap
