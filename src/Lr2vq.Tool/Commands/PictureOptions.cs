using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Pictures;

namespace Lr2vq.Tool.Commands;

/// <summary>The options of <c>run</c>, <c>compare</c> and <c>report</c> that say how pictures become inputs. What is not given is as the artifact says.</summary>
internal sealed class PictureOptions
{
    private readonly ModelOptionSet _options;

    private PictureOptions(ModelOptionSet options) => _options = options;

    public static PictureOptions AddTo(Command command) => new(ModelOptionSet.AddTo(command, o => o.IsPreProcessing));

    /// <summary>Checks the words alone, before anything is loaded.</summary>
    public void Check(ParseResult parsed, DiagnosticBag bag) => Read(parsed, PreProcessing.None, bag);

    /// <summary>What holds for pictures.</summary>
    /// <param name="parsed">The command line, checked before.</param>
    /// <param name="declared">What the artifact says; null for nothing.</param>
    public PreProcessing Read(ParseResult parsed, PreProcessing? declared) => Read(parsed, declared ?? PreProcessing.None, new DiagnosticBag());

    /// <summary>Warns of options where no file is a picture.</summary>
    public void CheckUse(ParseResult parsed, IEnumerable<string> files, DiagnosticBag bag)
    {
        if (files.Any(PictureFile.IsPictureName)) return;
        foreach ((string name, _) in _options.Words(parsed))
        {
            string option = OptionSpelling.CommandLine.Of(name);
            bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = option }, option, "no input is a picture"));
        }
    }

    private PreProcessing Read(ParseResult parsed, PreProcessing otherwise, DiagnosticBag bag)
    {
        Dictionary<string, string> words = new(_options.Words(parsed), StringComparer.OrdinalIgnoreCase);
        return new DataOptions(words, ".", OptionSpelling.CommandLine, bag).ParsePreProcessing(otherwise);
    }
}
