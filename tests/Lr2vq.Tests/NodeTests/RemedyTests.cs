using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;
using Lr2vq.Testing.NodeTests;
using Xunit;

namespace Lr2vq.Tests.NodeTests;

/// <summary>Refusals name what helps; where that is Constants or Dimensions of inputs, it is done, with the case's own values, until the case runs.</summary>
public sealed partial class RemedyTests
{
    private const string Version = "1.19.1";

    /// <summary>Each remedy may show what the next node needs.</summary>
    private const int Rounds = 8;

    // As they are, few cases need a value that is fixed: most data are taken where the model declares shapes.
    [Theory, InlineData(NodeForm.AsItIs, 10), InlineData(NodeForm.Symbols, 40)]
    public void Options_that_refusals_name_help(NodeForm form, int least)
    {
        List<string> failures = [];
        int helped = 0;
        foreach (NodeCase sample in NodeData.Cases(Version).SelectMany(NodeCase.Read))
        {
            if (sample.In(form) is not { } given) continue;
            Dictionary<string, string> constants = [], dimensions = [];
            NodeResult result = NodeResults.Of(given, form, Version);
            if (result.Problem is not { } first || !Add(first, given, constants, dimensions)) continue;
            for (int round = 0; round < Rounds; round++)
            {
                DiagnosticBag bag = new();
                ModelOptions options = OptionParser.Parse([new("Preset", "Lossless"), new("Constants", Words(constants)), new("Dimensions", Words(dimensions))], null, bag);
                bag.ThrowIfErrors();
                result = NodeRun.Of(given, Version, options);
                if (result.Problem is not { } next || !Add(next, given, constants, dimensions)) break;
            }
            if (result.Outcome == NodeOutcome.Right) helped++;
            // What else is missing is another problem.
            else if (result.Problem is not { } last || last.Id == first.Id) failures.Add($"{sample.Name}: {first}\n  with {Words(constants)} {Words(dimensions)}: {result.Outcome} {result.Reason}");
        }
        Assert.True(failures.Count == 0, $"{failures.Count} cases\n" + string.Join('\n', failures));
        Assert.True(helped > least, $"only {helped} cases were helped");
    }

    /// <summary>Adds what a remedy names; false if that is nothing new.</summary>
    private static bool Add(Diagnostic problem, NodeCase sample, Dictionary<string, string> constants, Dictionary<string, string> dimensions)
    {
        bool added = false;
        foreach (Match option in Option().Matches(problem.Text))
            foreach (string name in option.Groups[2].Value.Split(';').Select(pair => pair.Split('=')[0]))
                if (option.Groups[1].Value == "Constants") added |= sample.Inputs.FirstOrDefault(i => i.Name == name).Value is { } value && constants.TryAdd(name, string.Join(",", value.ToDoubles().Select(v => v.ToString("R", CultureInfo.InvariantCulture)))) && value.Length > 0;
                else added |= LengthOf(sample, name) is { } length && dimensions.TryAdd(name, length.ToString(CultureInfo.InvariantCulture));
        return added;
    }

    private static int? LengthOf(NodeCase sample, string symbol)
    {
        foreach ((string name, HostTensor? value) in sample.Inputs)
            for (int axis = 0; axis < value?.Shape.Length; axis++)
                if (symbol == $"{name}_{axis}") return value.Shape[axis];
        return null;
    }

    private static string Words(Dictionary<string, string> pairs) => string.Join(";", pairs.Select(pair => $"{pair.Key}={pair.Value}"));

    [GeneratedRegex("(Constants|Dimensions)=\"([^\"]*)\"")]
    private static partial Regex Option();
}
