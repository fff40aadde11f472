using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using Lr2vq.Options;

namespace Lr2vq.Tool.Commands;

/// <summary>The options of a model on the command line, made from <see cref="OptionTable"/>. Their words are checked where those of the MSBuild
/// item are, so that both are refused alike.</summary>
internal sealed class ModelOptionSet
{
    private readonly List<(string Name, Option<string?> Option)> _options = [];

    private ModelOptionSet() { }

    /// <param name="wanted">Which options the command takes.</param>
    public static ModelOptionSet AddTo(Command command, Func<OptionDefinition, bool> wanted)
    {
        ModelOptionSet set = new();
        foreach (OptionDefinition definition in OptionTable.All.Where(wanted))
        {
            Option<string?> option = new("--" + definition.KebabName)
            {
                Description = $"{definition.Meaning} [{definition.Values}; default: {definition.Default}]",
                HelpName = definition.Name,
            };
            if (definition.Words.Count > 0) option.CompletionSources.Add([.. definition.Words]);
            command.Options.Add(option);
            set._options.Add((definition.Name, option));
        }
        return set;
    }

    /// <summary>What the user wrote.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Words(ParseResult parsed) =>
        [.. _options.Select(o => new KeyValuePair<string, string?>(o.Name, parsed.GetValue(o.Option))).Where(o => o.Value is not null)
            .Select(o => new KeyValuePair<string, string>(o.Key, o.Value!))];
}
