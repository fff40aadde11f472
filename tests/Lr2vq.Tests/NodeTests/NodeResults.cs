using System;
using System.Collections.Concurrent;
using System.Threading;
using Lr2vq.Testing.NodeTests;

namespace Lr2vq.Tests.NodeTests;

/// <summary>What became of cases without options: several tests ask, and a case runs once.</summary>
internal static class NodeResults
{
    private static readonly ConcurrentDictionary<(string Version, NodeForm Form, string Name, int Set), Lazy<NodeResult>> s_results = [];

    /// <param name="sample">The case in that form.</param>
    /// <param name="form">The form.</param>
    /// <param name="version">The version of ONNX that has it.</param>
    public static NodeResult Of(NodeCase sample, NodeForm form, string version) =>
        s_results.GetOrAdd((version, form, sample.Name, sample.Set), _ => new Lazy<NodeResult>(() => NodeRun.Of(sample, version), LazyThreadSafetyMode.ExecutionAndPublication)).Value;
}
