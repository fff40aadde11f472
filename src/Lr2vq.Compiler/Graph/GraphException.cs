using System;

namespace Lr2vq.Graphs;

/// <summary>A node is wrong in a way that the graph cannot hold; whoever knows the node makes a diagnostic of it.</summary>
internal sealed class GraphException(string reason) : Exception(reason);
