using System;

namespace Lr2vq.Operators;

/// <summary>Which place of an input axis stands at an index of the output axis (ONNX <c>coordinate_transformation_mode</c>). Step by step as in
/// ONNX Runtime, precision included, because rounding decides which of two pixels is the nearest.</summary>
/// <param name="mode">The transformation.</param>
/// <param name="scale">Output length ÷ input length, or the scale that the model gives.</param>
/// <param name="input">Input length.</param>
/// <param name="output">Output length.</param>
/// <param name="roiStart">Region of interest, for <c>tf_crop_and_resize</c>.</param>
/// <param name="roiEnd">Its end.</param>
internal readonly struct ResizeCoordinates(string mode, float scale, long input, long output, float roiStart, float roiEnd)
{
    public static bool IsKnown(string mode) => mode is "half_pixel" or "pytorch_half_pixel" or "asymmetric" or "align_corners" or "tf_half_pixel_for_nn"
        or "half_pixel_symmetric" or "tf_crop_and_resize";

    public float At(long index)
    {
        float x = index, lengthIn = input, lengthOut = output;
        switch (mode)
        {
            case "half_pixel": return (x + 0.5f) / scale - 0.5f;
            case "pytorch_half_pixel": return output > 1 ? (x + 0.5f) / scale - 0.5f : 0f;
            case "asymmetric": return x / scale;
            case "align_corners": return output == 1 ? 0f : x * (lengthIn - 1) / (lengthOut - 1);
            case "tf_half_pixel_for_nn": return (x + 0.5f) / scale;
            case "half_pixel_symmetric":
                float adjustment = lengthOut / (scale * lengthIn);
                float offset = lengthIn / 2 * (1 - adjustment);
                return (float)(offset + (x + 0.5) / scale - 0.5);
            case "tf_crop_and_resize":
                return output > 1
                    ? roiStart * (lengthIn - 1) + x * (roiEnd - roiStart) * (lengthIn - 1) / (lengthOut - 1)
                    : 0.5f * (roiStart + roiEnd) * (lengthIn - 1);
            default: throw new FormatException($"Coordinate transformation '{mode}' is not known.");
        }
    }

    /// <summary>True if the place is outside, where <c>tf_crop_and_resize</c> has a constant.</summary>
    public bool IsOutside(float place) => mode == "tf_crop_and_resize" && (place < 0 || place > input - 1);
}
