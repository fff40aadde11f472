using System;
using System.Collections.Generic;

namespace Lr2vq.Tests.Operators;

/// <summary>Every operator with random shapes and attributes. A name may stand for several operators of a Plan.</summary>
internal static partial class OperatorCases
{
    private static readonly Dictionary<string, Func<Draw, OperatorCase>> s_cases = Collect();

    public static IReadOnlyDictionary<string, Func<Draw, OperatorCase>> All => s_cases;

    private static Dictionary<string, Func<Draw, OperatorCase>> Collect()
    {
        Dictionary<string, Func<Draw, OperatorCase>> cases = new(StringComparer.Ordinal);
        AddElementwise(cases);
        AddBroadcasts(cases);
        AddReductions(cases);
        AddNormalisations(cases);
        AddMovements(cases);
        AddIndexing(cases);
        AddSizes(cases);
        AddResizing(cases);
        AddProducts(cases);
        AddRecurrences(cases);
        AddAttentions(cases);
        AddMicrosoft(cases);
        AddEinsums(cases);
        AddGeometry(cases);
        AddVolumes(cases);
        AddSignals(cases);
        AddQuantization(cases);
        AddMachineLearning(cases);
        AddData(cases);
        return cases;
    }
}
