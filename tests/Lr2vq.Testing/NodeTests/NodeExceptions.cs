using System.Collections.Generic;

namespace Lr2vq.Testing.NodeTests;

/// <summary>Cases of ONNX's node tests whose data cannot be taken as they are.</summary>
internal static class NodeExceptions
{
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

    /// <summary>Why ONNX Runtime decides about a case instead of its own data; null if it does not.</summary>
    public static string? OtherData(string version, string name) => s_otherData.GetValueOrDefault(name) ?? s_otherData.GetValueOrDefault($"{version}/{name}");

    /// <summary>True where each run time draws its own numbers: only types and shapes can be compared.</summary>
    public static bool IsDrawn(string name) => name.StartsWith("test_bernoulli", System.StringComparison.Ordinal);

    /// <summary>What the expected outputs of a case have where zero is right, at most.</summary>
    public static double RoundedZero(string name) => s_roundedZeros.GetValueOrDefault(name);
}
