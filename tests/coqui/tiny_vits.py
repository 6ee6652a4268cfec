"""Make a VITS model with random weights and few layers: `python tiny_vits.py FOLDER`, in the Python that has coqui-tts.

It says nothing that anybody understands, but by the same code as a model that was trained.
"""

import sys
from pathlib import Path

import torch
from TTS.tts.configs.shared_configs import CharactersConfig
from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
from TTS.tts.models.vits import Vits

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def main(folder):
    torch.manual_seed(3)
    characters = CharactersConfig(
        characters_class="TTS.tts.models.vits.VitsCharacters",
        pad="_",
        eos="",
        bos="",
        blank="",
        characters=LETTERS,
        punctuations=" !'(),-.:;?",
        phonemes="",
    )
    layers = VitsArgs(
        num_chars=len(LETTERS) + 12,
        hidden_channels=16,
        hidden_channels_ffn_text_encoder=16,
        num_heads_text_encoder=2,
        num_layers_text_encoder=1,
        num_layers_posterior_encoder=1,
        num_layers_flow=1,
        upsample_initial_channel_decoder=32,
        resblock_kernel_sizes_decoder=[3],
        resblock_dilation_sizes_decoder=[[1, 3, 5]],
        init_discriminator=False,
        use_sdp=False,
        dropout_p_duration_predictor=0.0,
    )
    config = VitsConfig(
        model_args=layers,
        characters=characters,
        use_phonemes=False,
        text_cleaner="basic_cleaners",
        run_name="tiny",
    )
    model = Vits(config)
    # As it is born a network dwells nowhere and whispers: six frames, 70 ms, on each letter, as loud as speech.
    with torch.no_grad():
        last = model.duration_predictor.proj
        last.weight.zero_()
        last.bias.fill_(1.7)
        model.waveform_decoder.conv_post.weight.mul_(40.0)
    folder.mkdir(parents=True, exist_ok=True)
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict(), "step": 0}, folder / "model.pth")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
