using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;

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

    /// <summary>Warns of options where no file is a picture, and of pictures that nothing says anything of.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="how">What holds for pictures.</param>
    /// <param name="inputs">Of the network.</param>
    /// <param name="files">The values of the inputs.</param>
    /// <param name="option">What names them.</param>
    /// <param name="bag">Receives what is said.</param>
    public void CheckUse(ParseResult parsed, PreProcessing how, IEnumerable<PlanPort> inputs, IEnumerable<string> files, string option, DiagnosticBag bag)
    {
        if (files.Any(PictureFile.IsPictureName))
        {
            DataUse.CheckPictures(how, inputs, option, OptionSpelling.CommandLine, bag);
            return;
        }
        foreach ((string name, _) in _options.Words(parsed))
        {
            string word = OptionSpelling.CommandLine.Of(name);
            bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = word }, word, "no input is a picture"));
        }
    }

    private PreProcessing Read(ParseResult parsed, PreProcessing otherwise, DiagnosticBag bag)
    {
        Dictionary<string, string> words = new(_options.Words(parsed), StringComparer.OrdinalIgnoreCase);
        return new DataOptions(words, ".", OptionSpelling.CommandLine, bag).ParsePreProcessing(otherwise);
    }
}
