using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Lr2vq.Testing.NodeTests;
using Xunit;

namespace Lr2vq.Tests.NodeTests;

/// <summary>ONNX's own node tests over the operators that exist: every case is right or refused by a diagnostic, and what is refused is printed by
/// reason.</summary>
public sealed class NodeTests(NodeReport report) : IClassFixture<NodeReport>
{
    /// <summary>What decides how much it finds is data; nothing of it is refused.</summary>
    [Theory, MemberData(nameof(Versions))]
    public void SizesThatTheDataDecidesAreRight(string version)
    {
        string[] found = ["test_compress_", "test_nonmaxsuppression_", "test_nonzero_", "test_unique_"];
        string[] others = [];
        int right = 0;
        foreach (NodeCase sample in NodeData.Cases(version).Where(folder => found.Any(name => Path.GetFileName(folder).StartsWith(name, StringComparison.Ordinal))).SelectMany(NodeCase.Read))
            foreach (NodeForm form in Enum.GetValues<NodeForm>())
                if (sample.In(form) is not { } changed) continue;
                else if (NodeResults.Of(changed, form, version) is { Outcome: not NodeOutcome.Right } result) others = [.. others, $"{sample.Name}: {result}"];
                else right++;
        Assert.True(others.Length == 0, string.Join('\n', others));
        Assert.InRange(right, 40, 200);
    }

    /// <summary>Operands that are data, where the model declares the shape of the result, and forms that no drawn case has.</summary>
    [Theory, MemberData(nameof(Versions))]
    public void OperandsThatAreDataAreRightAsTheyAre(string version)
    {
        string[] found =
        [
            "test_slice", "test_edge_pad", "test_constant_pad", "test_reflect_pad", "test_resize_", "test_upsample_nearest", "test_onehot_", "test_col2im", "test_dft", "test_range_", "test_loop11",
            "test_squeeze", "test_unsqueeze", "test_lstm_", "test_basic_conv_", "test_conv_with_", "test_convtranspose_pad", "test_reduce_sum_", "test_reduce_max_", "test_reduce_min_", "test_reduce_l2_",
            "test_reduce_log_sum_", "test_top_k", "test_scan", "test_attention_", "test_maxunpool_", "test_hannwindow", "test_blackmanwindow", "test_hammingwindow",
        ];
        string[] others = [];
        int right = 0;
        foreach (NodeCase sample in NodeData.Cases(version).Where(folder => found.Any(name => Path.GetFileName(folder).StartsWith(name, StringComparison.Ordinal))).SelectMany(NodeCase.Read))
            if (NodeResults.Of(sample, NodeForm.AsItIs, version) is { Outcome: not NodeOutcome.Right } result) others = [.. others, $"{sample.Name}: {result}"];
            else right++;
        Assert.True(others.Length == 0, string.Join('\n', others));
        Assert.InRange(right, 130, 700);
    }

    public static TheoryData<string, NodeForm> Runs
    {
        get
        {
            TheoryData<string, NodeForm> runs = [];
            // Most cases of the older version are cases of the newer one too.
            foreach (string version in NodeData.Versions)
                foreach (NodeForm way in Enum.GetValues<NodeForm>())
                    if (way == NodeForm.AsItIs || version == NodeData.Versions[^1] || TestData.Full) runs.Add(version, way);
            return runs;
        }
    }

    [Theory, MemberData(nameof(Runs))]
    public void Every_case_is_right_or_refused(string version, NodeForm way)
    {
        Dictionary<NodeOutcome, int> counts = Enum.GetValues<NodeOutcome>().ToDictionary(outcome => outcome, _ => 0);
        List<string> failures = [];
        foreach (NodeCase sample in NodeData.Cases(version).SelectMany(NodeCase.Read))
        {
            NodeCase? changed = sample.In(way);
            if (changed is null) continue;
            NodeResult result = NodeResults.Of(changed, way, version);
            counts[result.Outcome]++;
            if (result.Outcome == NodeOutcome.Refused) report.AddRefusal(result.Reason, sample.Name);
            else if (result.Outcome != NodeOutcome.Right) failures.Add($"{sample.Name}: {result.Outcome}: {result.Reason}");
        }
        report.Add($"ONNX {version}, {way}", counts);
        Assert.True(failures.Count == 0, $"{failures.Count} cases\n" + string.Join('\n', failures));
    }

    public static TheoryData<string> Versions => [.. NodeData.Versions];

    /// <summary>The list of exceptions holds no case that is right by its own data.</summary>
    [Theory, MemberData(nameof(Versions))]
    public void Other_data_differ_from_ONNX_Runtime(string version)
    {
        foreach (string folder in NodeData.Cases(version))
        {
            if (NodeExceptions.OtherData(version, Path.GetFileName(folder)) is not { } reason) continue;
            NodeCase sample = NodeCase.Read(folder).First();
            Assert.True(NodeRun.DifferenceOfOracle(sample) is not null, $"{sample.Name}: ONNX Runtime agrees with the data, so '{reason}' is no exception");
        }
    }
}
