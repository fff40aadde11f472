using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;

namespace Lr2vq.Accuracy;

/// <summary>What a network lost.</summary>
/// <param name="Network">The file.</param>
/// <param name="Bytes">Length of the artifact.</param>
/// <param name="Ratio">Bytes of the .onnx ÷ bytes of the artifact.</param>
/// <param name="Outputs">Names of the outputs.</param>
/// <param name="L2">For each output √(Σ(a − b)² ÷ Σa²) over all inputs, against ONNX Runtime with the original.</param>
/// <param name="Predicted">For each output what the build's gate measured on its own inputs; null if it measured nothing.</param>
/// <param name="Warned">Whether the build warned of a loss.</param>
/// <param name="Measure">The measure of the task.</param>
/// <param name="MeasureName">Its name.</param>
/// <param name="Original">The same of the original, where that says something.</param>
/// <param name="Inputs">Calls.</param>
/// <param name="RelativeError">Squared weight error ÷ squared weights.</param>
/// <param name="Seconds">Time of the compression.</param>
/// <param name="Artifact">SHA-256 of the artifact: a row is kept while it stays.</param>
internal sealed record FieldRow(string Network, long Bytes, double Ratio, IReadOnlyList<string> Outputs, IReadOnlyList<double> L2, IReadOnlyList<double>? Predicted, bool Warned, double Measure,
    string MeasureName, double? Original, int Inputs, double RelativeError, double Seconds, string Artifact)
{
    /// <summary>Up to here an output counts as kept.</summary>
    public const double Kept = 0.05;

    [JsonIgnore]
    public double Largest => L2.Max();

    [JsonIgnore]
    public bool IsSilent => !(Largest <= Kept) && !Warned;

    /// <summary>Whether the prediction of the largest change is right within a factor of 3; null without one.</summary>
    [JsonIgnore]
    public bool? IsForeseen
    {
        get
        {
            if (Predicted is not { Count: > 0 }) return null;
            // Below this both are rounding.
            const double least = 1e-5;
            double predicted = System.Math.Max(least, Predicted.Max()), measured = System.Math.Max(least, Largest);
            return predicted <= 3 * measured && measured <= 3 * predicted;
        }
    }
}
