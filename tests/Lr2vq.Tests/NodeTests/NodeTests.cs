using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.NodeTests;

/// <summary>ONNX's own node tests over the operators that exist: every case is right or refused by a diagnostic, and what is refused is printed by
/// reason.</summary>
public sealed class NodeTests(NodeReport report) : IClassFixture<NodeReport>
{
    public enum Way
    {
        AsItIs,
        /// <summary>All inputs but the first as initializers.</summary>
        Constants,
        /// <summary>Each dimension of an input a symbol of its own.</summary>
        Symbols,
        /// <summary>As <see cref="Symbols"/>, equal lengths with equal symbols.</summary>
        SharedSymbols,
    }

    /// <summary>Cases, by the version that has them (none: both), whose data are not what the present specification says: ONNX Runtime decides
    /// instead.</summary>
    private static readonly Dictionary<string, string> s_otherData = new()
    {
        ["test_resize_downsample_scales_linear_align_corners"] = LengthOfAlignedCorners,
        ["test_resize_downsample_scales_cubic_align_corners"] = LengthOfAlignedCorners,
        ["test_l2normalization_axis_0"] = "zero divided by a norm of zero is zero, not NaN",
        ["test_attention_3d_with_past_and_present_qk_matmul_softcap"] = OrderOfSoftcap,
        ["test_attention_4d_with_qk_matmul_softcap"] = OrderOfSoftcap,
        ["1.19.1/test_qlinearmatmul_2D_int8_float16"] = Wrapped,
        ["1.19.1/test_qlinearmatmul_2D_int8_float32"] = Wrapped,
        ["1.19.1/test_qlinearmatmul_3D_int8_float16"] = Wrapped,
        ["1.19.1/test_qlinearmatmul_3D_int8_float32"] = Wrapped,
        ["1.12/test_cast_FLOAT_to_BFLOAT16"] = "the data were cut off, not rounded",
        ["1.12/test_castlike_FLOAT_to_BFLOAT16"] = ShapeOfLike,
        ["1.12/test_castlike_FLOAT_to_BFLOAT16_expanded"] = ShapeOfLike,
        ["1.12/test_castlike_BFLOAT16_to_FLOAT"] = ShapeOfLike,
        ["1.12/test_castlike_BFLOAT16_to_FLOAT_expanded"] = ShapeOfLike,
    };

    /// <summary>Cases whose data have rounding errors where zero is right, with the largest of them.</summary>
    private static readonly Dictionary<string, double> s_roundedZeros = new() { ["test_dft_inverse"] = 2e-7, ["test_dft_inverse_opset19"] = 2e-7 };

    private const string LengthOfAlignedCorners = "corners are aligned to a length that is not whole";
    private const string Wrapped = "what i8 does not hold wrapped around, where the specification saturates";
    private const string OrderOfSoftcap = "softcap comes before the mask; the order was corrected later";
    private const string ShapeOfLike = "the second input has another shape than the model declares, and bfloat16 was cut off, not rounded";

    public static TheoryData<string, Way> Runs
    {
        get
        {
            TheoryData<string, Way> runs = [];
            // Most cases of the older version are cases of the newer one too.
            foreach (string version in NodeData.Versions)
                foreach (Way way in Enum.GetValues<Way>())
                    if (way == Way.AsItIs || version == NodeData.Versions[^1] || TestData.Full) runs.Add(version, way);
            return runs;
        }
    }

    [Theory, MemberData(nameof(Runs))]
    public void Every_case_is_right_or_refused(string version, Way way)
    {
        Dictionary<NodeOutcome, int> counts = Enum.GetValues<NodeOutcome>().ToDictionary(outcome => outcome, _ => 0);
        List<string> failures = [];
        foreach (NodeCase sample in NodeData.Cases(version).SelectMany(NodeCase.Read))
        {
            NodeCase? changed = way switch
            {
                Way.AsItIs => sample,
                Way.Constants => sample.WithConstants(),
                _ => sample.WithSymbols(shared: way == Way.SharedSymbols),
            };
            if (changed is null) continue;
            NodeResult result = NodeRun.Of(changed, useOracle: Exception(version, sample.Name) is not null, s_roundedZeros.GetValueOrDefault(sample.Name));
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
            if (Exception(version, Path.GetFileName(folder)) is not { } reason) continue;
            NodeCase sample = NodeCase.Read(folder).First();
            Assert.True(NodeRun.DifferenceOfOracle(sample) is not null, $"{sample.Name}: ONNX Runtime agrees with the data, so '{reason}' is no exception");
        }
    }

    private static string? Exception(string version, string name) => s_otherData.GetValueOrDefault(name) ?? s_otherData.GetValueOrDefault($"{version}/{name}");
}
