// Package sim simulates weeks of the engine in seconds: an API server, nodes, users, and
// managers that crash, freeze and take over. It uses what the engine exports, and judges by a
// model of its own.
package sim
