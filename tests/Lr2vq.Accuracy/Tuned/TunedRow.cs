using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Lr2vq.Building;

namespace Lr2vq.Accuracy;

/// <summary>A row of the comparison.</summary>
/// <param name="Network">The file.</param>
/// <param name="Method">As on the command line.</param>
/// <param name="Tuned">Whether it was trained.</param>
/// <param name="Calib">Unlabelled samples that the search before the training saw.</param>
/// <param name="Bytes">Length of the artifact.</param>
/// <param name="Ratio">Bytes of the .onnx ÷ bytes of the artifact.</param>
/// <param name="Correct">Right answers of the test pictures.</param>
/// <param name="Count">Test pictures.</param>
/// <param name="Drop">Points below the dense network that was trained with the same images and steps.</param>
/// <param name="Kl">Mean KL(original ‖ this) of the test pictures, in nats.</param>
/// <param name="Images">Images of the training, passes counted; 0 without one.</param>
/// <param name="Seconds">Of search and training.</param>
/// <param name="Target">The ratio that was aimed at; 1 for the dense network.</param>
/// <param name="Options">What the method was given besides, as on the command line.</param>
/// <param name="Rate">Factor of the recipe's learning rates, chosen by short trainings.</param>
internal sealed record TunedRow(string Network, string Method, bool Tuned, int Calib, long Bytes, double Ratio, int Correct, int Count, double Drop, double Kl, int Seed, int Images, double Seconds,
    double Target, string Options, double Rate = 1)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static List<TunedRow> Read(string? json) => json is not null && File.Exists(json) ? JsonSerializer.Deserialize<List<TunedRow>>(File.ReadAllText(json), s_json) ?? [] : [];

    /// <summary>Writes all rows, in an order that does not depend on that of the measurements.</summary>
    public static void Write(string? json, IEnumerable<TunedRow> rows)
    {
        if (json is null) return;
        string text = JsonSerializer.Serialize(rows.OrderBy(r => r.Network, StringComparer.Ordinal).ThenBy(r => r.Target).ThenBy(r => r.Method, StringComparer.Ordinal).ThenBy(r => r.Options, StringComparer.Ordinal)
            .ThenBy(r => r.Tuned).ThenBy(r => r.Images).ThenBy(r => r.Seed), s_json) + "\n";
        ProvisionCache.WriteAtomically(json, path => File.WriteAllText(path, text));
    }
}
