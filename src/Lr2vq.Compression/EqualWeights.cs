using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>Where a weight takes its bytes from.</summary>
/// <param name="First">Index of the weight that is encoded; its own if it is this one.</param>
/// <param name="IsTurned">Rows and columns are exchanged.</param>
internal readonly record struct EqualWeight(int First, bool IsTurned);

/// <summary>Weights of equal content: one is encoded, the others take its bytes, whatever they are called. Settings of one alone keep it apart.</summary>
internal static class EqualWeights
{
    public static EqualWeight[] Find(IReadOnlyList<WeightSource> weights, CompressionOptions options)
    {
        var found = new EqualWeight[weights.Count];
        for (int i = 0; i < found.Length; i++) found[i] = new(i, false);
        // Values are read only of weights that another could be equal to.
        foreach (var alike in Enumerable.Range(0, found.Length).GroupBy(i => Kind(weights[i], options)).Where(group => group.Skip(1).Any()))
            foreach (var sums in alike.GroupBy(i => weights[i].Sum))
                foreach (int i in sums)
                    foreach (int other in sums.TakeWhile(other => other < i).Where(other => found[other] == new EqualWeight(other, false)))
                    {
                        if (Form(weights[i]) == Form(weights[other]) && weights[i].ContentHash == weights[other].ContentHash) found[i] = new(other, false);
                        else if (AreTurned(weights[i], weights[other]) && weights[i].TurnedHash == weights[other].ContentHash) Turn(found, weights, i, other);
                        else continue;
                        break;
                    }
        return found;
    }

    /// <summary>The product keeps its form, in which it is fast; the rows of a table are as well read from fp32.</summary>
    private static void Turn(EqualWeight[] found, IReadOnlyList<WeightSource> weights, int later, int earlier)
    {
        if (weights[earlier].Identity.Role != WeightRole.Gather)
        {
            found[later] = new(earlier, true);
            return;
        }
        for (int i = 0; i < later; i++)
            if (found[i].First == earlier) found[i] = new(later, !found[i].IsTurned);
    }

    /// <summary>Equal weights have equal kinds. Biases are rounded where constants are not.</summary>
    private static (ElementType, WeightRole, TensorOverride?, CanonicalShape) Kind(WeightSource source, CompressionOptions options)
    {
        CanonicalShape form = Form(source);
        bool isWide = IsMatrix(source) && form.Rows < form.Inputs;
        return (source.Identity.Type, IsFlat(source) ? source.Identity.Role : WeightRole.Conv, PresetRules.Match(options, source.Identity.Name),
            isWide ? form with { Rows = form.Inputs, Inputs = form.Rows } : form);
    }

    /// <summary>What the packed bytes depend on beside the values: where they are taken one by one, only how many there are.</summary>
    private static CanonicalShape Form(WeightSource source) => IsFlat(source) ? new CanonicalShape(1, checked((int)source.Length), 1, 1) : source.Identity.Canonical;

    private static bool IsFlat(WeightSource source) => source.Identity.Role is WeightRole.Constant or WeightRole.Bias || source.Identity.Type != ElementType.Float32;

    private static bool IsMatrix(WeightSource source) =>
        !IsFlat(source) && source.Identity.Groups == 1 && source.Identity.Canonical is { KernelHeight: 1, KernelWidth: 1 };

    /// <summary>A fill needs no other to take its bytes from.</summary>
    private static bool AreTurned(WeightSource a, WeightSource b) => IsMatrix(a) && IsMatrix(b)
        && Form(a) is var form && Form(b) == form with { Rows = form.Inputs, Inputs = form.Rows } && !a.IsUniform;
}
